// The time loop common to all neuron models. For *.isa.cpp files only.
//
// A chunk of columns keeps its state in the first-level cache and walks through all steps, so
// memory is read and written once, in runs of a chunk. A model is a struct of static functions on
// single values; the compiler turns the loop over the chunk's columns into vector code.
//
//   template <class T> struct Model {
//     static constexpr int states, coefficients;   // numbers of each
//     static constexpr int surrogates;  // thresholds, each with a derivative; 0: not spiking
//     static constexpr int tape_input;  // leading tape values that the input's gradient needs
//     static constexpr int tape_learn;  // tape values that the coefficients' gradients need
//     static T rest(int state, const T* c);
//     template <bool Subtract> static T forward(T x, T* s, const T* c, T* tape);  // returns output
//     static T distance(int which, const T* tape, const T* c);  // from that threshold
//     template <bool Subtract, bool Learn>
//     static T backward(T grad_out, const T* derivative, T through, const T* tape, T* grad_state,
//                       const T* c, T* grad_c);  // returns the input's gradient
//   };
#pragma once

#include "multistep_macros.hpp"
#include "neuro_kernels/dynamics/neuron.hpp"
#include "surrogates.hpp"

namespace nk::NK_ISA {
namespace {

// Coefficients of a chunk: one value each, or one per column.
template <class T, int P, bool PerNeuron>
struct Coefficients {
  T shared[P];
  Coefficients(const T* all, int64_t, int64_t, int64_t) {
    for (int k = 0; k < P; ++k) shared[k] = all[k];
  }
  void at(int64_t, T* c) const {
    for (int k = 0; k < P; ++k) c[k] = shared[k];
  }
};

template <class T, int P>
struct Coefficients<T, P, true> {
  alignas(64) T rows[P][kNeuronChunk];
  Coefficients(const T* all, int64_t neurons, int64_t begin, int64_t n) {
    for (int k = 0; k < P; ++k) {
      int64_t neuron = begin % neurons;
      for (int64_t j = 0; j < n; ++j) {
        rows[k][j] = all[k * neurons + neuron];
        if (++neuron == neurons) neuron = 0;
      }
      for (int64_t j = n; j < kNeuronChunk; ++j) rows[k][j] = 0;
    }
  }
  void at(int64_t j, T* c) const {
    for (int k = 0; k < P; ++k) c[k] = rows[k][j];
  }
};

template <template <class> class Model, class T, class C>
void load_state(const T* const* state, int64_t begin, int64_t n, const C& coefficients,
                T (*rows)[kNeuronChunk]) {
  using M = Model<T>;
  for (int k = 0; k < M::states; ++k) {
    if (state[k] != nullptr) {
      for (int64_t j = 0; j < n; ++j) rows[k][j] = state[k][begin + j];
    } else {
      for (int64_t j = 0; j < n; ++j) {
        T c[M::coefficients];
        coefficients.at(j, c);
        rows[k][j] = M::rest(k, c);
      }
    }
  }
}

// Asks for the chunk's part of the next step while this one is computed: the rows of a chunk are
// too short, and too far apart, for the processor to foresee.
template <class T>
inline void prefetch_row([[maybe_unused]] const T* row, [[maybe_unused]] int64_t n) {
#if defined(__GNUC__)
  for (int64_t j = 0; j < n; j += 64 / static_cast<int64_t>(sizeof(T)))
    __builtin_prefetch(row + j, 0, 2);
#endif
}

template <class T>
inline void prefetch_row_to_write([[maybe_unused]] T* row, [[maybe_unused]] int64_t n) {
#if defined(__GNUC__)
  for (int64_t j = 0; j < n; j += 64 / static_cast<int64_t>(sizeof(T)))
    __builtin_prefetch(row + j, 1, 2);
#endif
}

// One step of a chunk. Keeps the first `Tape` tape values in tape[k * tape_row + j].
template <template <class> class Model, class T, bool Subtract, int Tape, bool Out, class C>
inline void forward_step(const T* x, T (*state)[kNeuronChunk], const C& coefficients, T* out,
                         T* tape, int64_t tape_row, int64_t n) {
  using M = Model<T>;
  NK_IVDEP for (int64_t j = 0; j < n; ++j) {
    T s[M::states], c[M::coefficients], kept[M::tape_learn];
    coefficients.at(j, c);
    for (int k = 0; k < M::states; ++k) s[k] = state[k][j];
    const T result = M::template forward<Subtract>(x[j], s, c, kept);
    if constexpr (Out) out[j] = result;
    for (int k = 0; k < M::states; ++k) state[k][j] = s[k];
    for (int k = 0; k < Tape; ++k) tape[k * tape_row + j] = kept[k];
  }
}

template <template <class> class Model, class T, bool PerNeuron, bool Subtract, int Tape>
void forward_chunk(const NeuronForward<T>& p, int64_t begin, int64_t n) {
  using M = Model<T>;
  const Coefficients<T, M::coefficients, PerNeuron> coefficients(p.coefficients, p.neurons, begin,
                                                                 n);
  alignas(64) T state[M::states][kNeuronChunk];
  load_state<Model, T>(p.state, begin, n, coefficients, state);
  for (int64_t t = 0; t < p.steps; ++t) {
    if (t + 1 < p.steps) {
      prefetch_row(p.x + (t + 1) * p.x_step + begin, n);
      prefetch_row_to_write(p.out + (t + 1) * p.columns + begin, n);
      for (int k = 0; k < Tape; ++k)
        prefetch_row_to_write(p.saved + ((t + 1) * Tape + k) * p.columns + begin, n);
    }
    forward_step<Model, T, Subtract, Tape, true>(
        p.x + t * p.x_step + begin, state, coefficients, p.out + t * p.columns + begin,
        Tape > 0 ? p.saved + t * Tape * p.columns + begin : nullptr, p.columns, n);
    if (p.used != nullptr) {
      T* used = p.used + t * p.x_step + begin;
      NK_IVDEP for (int64_t j = 0; j < n; ++j) used[j] = p.refill[begin + j];
    }
  }
  for (int k = 0; k < M::states; ++k)
    for (int64_t j = 0; j < n; ++j) p.state_out[k][begin + j] = state[k][j];
}

template <template <class> class Model, class T>
void forward_any(const NeuronForward<T>& p, int64_t begin, int64_t n) noexcept {
  constexpr int tape = Model<T>::tape_input;
  const bool save = p.saved != nullptr && tape > 0;
  if (p.per_neuron) {
    if (p.subtract)
      save ? forward_chunk<Model, T, true, true, tape>(p, begin, n)
           : forward_chunk<Model, T, true, true, 0>(p, begin, n);
    else
      save ? forward_chunk<Model, T, true, false, tape>(p, begin, n)
           : forward_chunk<Model, T, true, false, 0>(p, begin, n);
  } else {
    if (p.subtract)
      save ? forward_chunk<Model, T, false, true, tape>(p, begin, n)
           : forward_chunk<Model, T, false, true, 0>(p, begin, n);
    else
      save ? forward_chunk<Model, T, false, false, tape>(p, begin, n)
           : forward_chunk<Model, T, false, false, 0>(p, begin, n);
  }
}

template <template <class> class Model, class T, bool PerNeuron, bool Subtract, bool Learn>
void backward_chunk(const NeuronBackward<T>& p, int64_t begin, int64_t n, T* scratch) {
  using M = Model<T>;
  constexpr int S = M::states, P = M::coefficients;
  constexpr int tape = Learn ? M::tape_learn : M::tape_input;
  const Coefficients<T, P, PerNeuron> coefficients(p.coefficients, p.neurons, begin, n);
  alignas(64) T grad[S][kNeuronChunk];
  constexpr int D = M::surrogates > 0 ? M::surrogates : 1;
  alignas(64) T row[D][kNeuronChunk];

  // The tape: what the forward pass saved, or a replay into the scratch memory.
  const T* kept = scratch;
  int64_t tape_row = n, tape_step = tape * n;
  if constexpr (tape > 0) {
    if (!Learn && p.saved != nullptr) {
      kept = p.saved + begin;
      tape_row = p.columns;
      tape_step = tape * p.columns;
    } else {
      load_state<Model, T>(p.state, begin, n, coefficients, grad);
      for (int64_t t = 0; t < p.steps; ++t)
        forward_step<Model, T, Subtract, tape, false>(p.x + t * p.x_step + begin, grad,
                                                      coefficients, static_cast<T*>(nullptr),
                                                      scratch + t * tape_step, n, n);
    }
  }

  for (int k = 0; k < S; ++k)
    for (int64_t j = 0; j < n; ++j)
      grad[k][j] = p.grad_state_out[k] != nullptr ? p.grad_state_out[k][begin + j] : T(0);
  alignas(64) T grad_c[Learn ? P : 1][Learn ? kNeuronChunk : 1];
  if constexpr (Learn)
    for (int k = 0; k < P; ++k)
      for (int64_t j = 0; j < n; ++j) grad_c[k][j] = 0;
  alignas(64) T zero[kNeuronChunk];
  if (p.grad_out == nullptr)
    for (int64_t j = 0; j < n; ++j) zero[j] = 0;

  const T through = p.detach_reset ? T(0) : T(1);
  for (int64_t t = p.steps - 1; t >= 0; --t) {
    const T* values = kept + t * tape_step;
    const T* derivative[D];
    for (int k = 0; k < D; ++k) derivative[k] = row[k];
    if (t > 0) {
      if (p.grad_out != nullptr) prefetch_row(p.grad_out + (t - 1) * p.grad_step + begin, n);
      prefetch_row_to_write(p.grad_x + (t - 1) * p.columns + begin, n);
      if (kept != scratch)
        for (int k = 0; k < tape; ++k) prefetch_row(values - tape_step + k * tape_row, n);
    }
    for (int which = 0; which < M::surrogates; ++which) {
      if (p.surrogate == Surrogate::given) {
        derivative[which] = p.derivative + (which * p.steps + t) * p.columns + begin;
      } else {
        NK_IVDEP for (int64_t j = 0; j < n; ++j) {
          T c[P], v[tape > 0 ? tape : 1];
          coefficients.at(j, c);
          for (int k = 0; k < tape; ++k) v[k] = values[k * tape_row + j];
          if constexpr (M::surrogates > 0) row[which][j] = M::distance(which, v, c);
        }
        surrogate_row(p.surrogate, p.alpha, row[which], n);
      }
    }
    const T* grad_out = p.grad_out != nullptr ? p.grad_out + t * p.grad_step + begin : zero;
    T* grad_x = p.grad_x + t * p.columns + begin;
    NK_IVDEP for (int64_t j = 0; j < n; ++j) {
      T g[S], c[P], v[tape > 0 ? tape : 1], gc[P];
      coefficients.at(j, c);
      for (int k = 0; k < S; ++k) g[k] = grad[k][j];
      for (int k = 0; k < tape; ++k) v[k] = values[k * tape_row + j];
      T d[D];
      for (int k = 0; k < M::surrogates; ++k) d[k] = derivative[k][j];
      grad_x[j] = M::template backward<Subtract, Learn>(grad_out[j], d, through, v, g, c, gc);
      for (int k = 0; k < S; ++k) grad[k][j] = g[k];
      if constexpr (Learn)
        for (int k = 0; k < P; ++k) grad_c[k][j] += gc[k];
    }
  }
  // A null initial state is the model's rest, not an input, and has no gradient.
  for (int k = 0; k < S; ++k)
    if (p.grad_state[k] != nullptr)
      for (int64_t j = 0; j < n; ++j) p.grad_state[k][begin + j] = grad[k][j];
  if constexpr (Learn)
    for (int k = 0; k < P; ++k)
      for (int64_t j = 0; j < n; ++j) p.grad_coefficients[k * p.columns + begin + j] = grad_c[k][j];
}

template <template <class> class Model, class T>
void backward_any(const NeuronBackward<T>& p, int64_t begin, int64_t n, T* scratch) noexcept {
  const bool learn = p.grad_coefficients != nullptr;
  if (p.per_neuron) {
    if (p.subtract)
      learn ? backward_chunk<Model, T, true, true, true>(p, begin, n, scratch)
            : backward_chunk<Model, T, true, true, false>(p, begin, n, scratch);
    else
      learn ? backward_chunk<Model, T, true, false, true>(p, begin, n, scratch)
            : backward_chunk<Model, T, true, false, false>(p, begin, n, scratch);
  } else {
    if (p.subtract)
      learn ? backward_chunk<Model, T, false, true, true>(p, begin, n, scratch)
            : backward_chunk<Model, T, false, true, false>(p, begin, n, scratch);
    else
      learn ? backward_chunk<Model, T, false, false, true>(p, begin, n, scratch)
            : backward_chunk<Model, T, false, false, false>(p, begin, n, scratch);
  }
}

template <template <class> class Model>
constexpr NeuronKernels neuron_kernels(const char* name, const char* const* states,
                                       const char* const* coefficients, const char* const* tape,
                                       const char* const* distances) {
  using M = Model<float>;
  return {name,
          states,
          coefficients,
          tape,
          distances,
          M::states,
          M::coefficients,
          M::surrogates,
          M::tape_input,
          M::tape_learn,
          &forward_any<Model, float>,
          &forward_any<Model, double>,
          &backward_any<Model, float>,
          &backward_any<Model, double>};
}

}  // namespace
}  // namespace nk::NK_ISA
