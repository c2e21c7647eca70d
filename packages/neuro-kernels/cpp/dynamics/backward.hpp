// The gradients of a chunk of columns, back through all steps. For *.isa.cpp files only; models as
// in multistep.hpp.
#pragma once

#include "forward.hpp"
#include "surrogates.hpp"

namespace nk::NK_ISA {
namespace {

// Where a chunk's backward pass gets the derivatives of the thresholds: computed among the other
// gradients by `surrogate<Kind>`, or, for Surrogate::given, from rows filled before.
template <template <class> class Model, class T, Surrogate Kind>
constexpr bool kDerivativeRows = Model<T>::surrogates > 0 && Kind == Surrogate::given;

// Fills the derivatives of one step and block: from the caller, or from the distances.
template <template <class> class Model, class T, int Tape, class C>
inline void derivative_rows(const NeuronBackward<T>& p, int64_t step, int64_t column,
                            const C& coefficients, int64_t begin, const T* tape, int64_t tape_row,
                            T (*rows)[kBlock<T>], int64_t n) {
  using M = Model<T>;
  for (int which = 0; which < M::surrogates; ++which) {
    if (p.surrogate == Surrogate::given) {
      const T* given = p.derivative + (which * p.steps + step) * p.columns + column;
      for (int64_t j = 0; j < n; ++j) rows[which][j] = given[j];
      continue;
    }
    const auto& local = coefficients.local();
    NK_IVDEP for (int64_t j = 0; j < n; ++j) {
      T c[M::coefficients], v[Tape > 0 ? Tape : 1];
      local.at(begin + j, c);
      for (int k = 0; k < Tape; ++k) v[k] = tape[k * tape_row + j];
      if constexpr (M::surrogates > 0) rows[which][j] = M::distance(which, v, c);
    }
    surrogate_row(p.surrogate, p.alpha, rows[which], n);
  }
}

// The gradients of one step and block, as for forward_step; those of the coefficients are added to
// the rows of grad_c.
template <template <class> class Model, class T, bool Subtract, bool Learn, Surrogate Kind,
          int Tape, class C>
inline void backward_step(const NeuronBackward<T>& p, const C& coefficients, int64_t begin,
                          const T* NK_RESTRICT grad_out, const T* NK_RESTRICT tape,
                          int64_t tape_row, const T (*derivatives)[kBlock<T>], T* grad, T* grad_c,
                          T* grad_x, int64_t n) {
  using M = Model<T>;
  constexpr int S = M::states, P = M::coefficients, D = M::surrogates > 0 ? M::surrogates : 1;
  const auto& local = coefficients.local();
  const T through = p.detach_reset ? T(0) : T(1), alpha = p.alpha;
  grad += begin;
  grad_c += begin;
  NK_IVDEP for (int64_t j = 0; j < n; ++j) {
    T g[S], c[P], v[Tape > 0 ? Tape : 1], d[D], gc[P];
    local.at(begin + j, c);
    for (int k = 0; k < S; ++k) g[k] = grad[k * kNeuronChunk + j];
    for (int k = 0; k < Tape; ++k) v[k] = tape[k * tape_row + j];
    for (int k = 0; k < M::surrogates; ++k) {
      if constexpr (kDerivativeRows<Model, T, Kind>)
        d[k] = derivatives[k][j];
      else if constexpr (M::surrogates > 0)
        d[k] = surrogate<Kind>(M::distance(k, v, c), alpha);
    }
    grad_x[j] = M::template backward<Subtract, Learn>(grad_out[j], d, through, v, g, c, gc);
    for (int k = 0; k < S; ++k) grad[k * kNeuronChunk + j] = g[k];
    if constexpr (Learn)
      for (int k = 0; k < P; ++k) grad_c[k * kNeuronChunk + j] += gc[k];
  }
}

template <template <class> class Model, class T, bool PerNeuron, bool Subtract, bool Learn,
          Surrogate Kind>
void backward_chunk(const NeuronBackward<T>& p, int64_t begin, int64_t n, T* scratch) {
  using M = Model<T>;
  constexpr int S = M::states, P = M::coefficients, D = M::surrogates > 0 ? M::surrogates : 1;
  constexpr int tape = Learn ? M::tape_learn : M::tape_input;
  const Coefficients<T, P, PerNeuron> coefficients(p.coefficients, p.neurons, begin, n);
  alignas(64) T grad[S * kNeuronChunk];
  alignas(64) T grad_c[Learn ? P * kNeuronChunk : 1];
  alignas(64) T rows[D][kBlock<T>];
  alignas(64) T block[kBlock<T>];
  alignas(64) T zero[kBlock<T>];
  const int64_t last = p.steps - 1;

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
      for (int64_t t = 0; t < p.steps; ++t) {
        const int64_t ahead = t + kStepsAhead < p.steps ? kStepsAhead : 0;
        for (int64_t b = 0; b < n; b += kBlock<T>) {
          const int64_t m = n - b < kBlock<T> ? n - b : kBlock<T>;
          const T* const x = p.x + t * p.x_step + begin + b;
          prefetch_row(x + ahead * p.x_step, m);
          forward_step<Model, T, Subtract, tape, false>(x, grad, coefficients, b,
                                                        static_cast<T*>(nullptr),
                                                        scratch + t * tape_step + b, n, m);
        }
      }
    }
  }

  for (int k = 0; k < S; ++k)
    for (int64_t j = 0; j < n; ++j)
      grad[k * kNeuronChunk + j] =
          p.grad_state_out[k] != nullptr ? p.grad_state_out[k][begin + j] : T(0);
  if constexpr (Learn)
    for (int64_t j = 0; j < P * kNeuronChunk; ++j) grad_c[j] = 0;
  if (p.grad_out == nullptr)
    for (int64_t j = 0; j < kBlock<T>; ++j) zero[j] = 0;

  for (int64_t t = last; t >= 0; --t) {
    const int64_t ahead = t >= kStepsAhead ? kStepsAhead : 0;
    for (int64_t b = 0; b < n; b += kBlock<T>) {
      const int64_t m = n - b < kBlock<T> ? n - b : kBlock<T>, column = begin + b;
      const T* const grad_out =
          p.grad_out != nullptr ? p.grad_out + t * p.grad_step + column : zero;
      const T* const values = kept + t * tape_step + b;
      T* const grad_x = p.grad_x + t * p.columns + column;
      if (p.grad_out != nullptr) prefetch_row(grad_out - ahead * p.grad_step, m);
      if (!p.stream) prefetch_row<true>(grad_x - ahead * p.columns, m);
      if (kept != scratch)
        for (int k = 0; k < tape; ++k) prefetch_row(values - ahead * tape_step + k * tape_row, m);
      if constexpr (kDerivativeRows<Model, T, Kind>)
        derivative_rows<Model, T, tape>(p, t, column, coefficients, b, values, tape_row, rows, m);
      backward_step<Model, T, Subtract, Learn, Kind, tape>(p, coefficients, b, grad_out, values,
                                                           tape_row, rows, grad, grad_c,
                                                           p.stream ? block : grad_x, m);
      if (p.stream) stream_row(grad_x, block, m);
    }
  }
  if (p.stream) finish_streaming();
  // A null initial state is the model's rest, not an input, and has no gradient.
  for (int k = 0; k < S; ++k)
    if (p.grad_state[k] != nullptr)
      for (int64_t j = 0; j < n; ++j) p.grad_state[k][begin + j] = grad[k * kNeuronChunk + j];
  if constexpr (Learn)
    for (int k = 0; k < P; ++k)
      for (int64_t j = 0; j < n; ++j)
        p.grad_coefficients[k * p.columns + begin + j] = grad_c[k * kNeuronChunk + j];
}

// The default surrogate is computed among the other gradients, which saves a round through memory,
// in the common case of shared coefficients that are not learned.
template <template <class> class Model, class T, bool Subtract>
void backward_shared(const NeuronBackward<T>& p, int64_t begin, int64_t n, T* scratch) {
  constexpr auto fused = Surrogate::super_spike, rows = Surrogate::given;
  if constexpr (Model<T>::surrogates > 0)
    if (p.surrogate == fused)
      return backward_chunk<Model, T, false, Subtract, false, fused>(p, begin, n, scratch);
  backward_chunk<Model, T, false, Subtract, false, rows>(p, begin, n, scratch);
}

template <template <class> class Model, class T>
void backward_any(const NeuronBackward<T>& p, int64_t begin, int64_t n, T* scratch) noexcept {
  constexpr auto rows = Surrogate::given;
  const bool learn = p.grad_coefficients != nullptr;
  if (p.per_neuron) {
    if (p.subtract)
      learn ? backward_chunk<Model, T, true, true, true, rows>(p, begin, n, scratch)
            : backward_chunk<Model, T, true, true, false, rows>(p, begin, n, scratch);
    else
      learn ? backward_chunk<Model, T, true, false, true, rows>(p, begin, n, scratch)
            : backward_chunk<Model, T, true, false, false, rows>(p, begin, n, scratch);
  } else {
    if (p.subtract)
      learn ? backward_chunk<Model, T, false, true, true, rows>(p, begin, n, scratch)
            : backward_shared<Model, T, true>(p, begin, n, scratch);
    else
      learn ? backward_chunk<Model, T, false, false, true, rows>(p, begin, n, scratch)
            : backward_shared<Model, T, false>(p, begin, n, scratch);
  }
}

}  // namespace
}  // namespace nk::NK_ISA
