// A chunk of columns through all steps. For *.isa.cpp files only; models as in multistep.hpp.
#pragma once

#include "coefficients.hpp"
#include "multistep_macros.hpp"
#include "neuro_kernels/dynamics/neuron.hpp"
#include "rows.hpp"

namespace nk::NK_ISA {
namespace {

// One step of the columns [begin, begin + n) of a chunk, whose state and coefficients those are;
// everything else begins at `begin`. Keeps the first `Tape` tape values in tape[k * tape_row + j].
template <template <class> class Model, class T, bool Subtract, int Tape, bool Out, class C>
inline void forward_step(const T* NK_RESTRICT x, T* state, const C& coefficients, int64_t begin,
                         T* out, T* tape, int64_t tape_row, int64_t n) {
  using M = Model<T>;
  const auto& local = coefficients.local();
  state += begin;
  NK_IVDEP for (int64_t j = 0; j < n; ++j) {
    T s[M::states], c[M::coefficients], kept[M::tape_learn];
    local.at(begin + j, c);
    for (int k = 0; k < M::states; ++k) s[k] = state[k * kNeuronChunk + j];
    const T result = M::template forward<Subtract>(x[j], s, c, kept);
    if constexpr (Out) out[j] = result;
    for (int k = 0; k < M::states; ++k) state[k * kNeuronChunk + j] = s[k];
    for (int k = 0; k < Tape; ++k) tape[k * tape_row + j] = kept[k];
  }
}

template <template <class> class Model, class T, bool PerNeuron, bool Subtract, int Tape>
void forward_chunk(const NeuronForward<T>& p, int64_t begin, int64_t n) {
  using M = Model<T>;
  const Coefficients<T, M::coefficients, PerNeuron> coefficients(p.coefficients, p.neurons, begin,
                                                                 n);
  alignas(64) T state[M::states * kNeuronChunk];
  alignas(64) T block[kBlock<T>];
  load_state<Model, T>(p.state, begin, n, coefficients, state);
  for (int64_t t = 0; t < p.steps; ++t) {
    const int64_t ahead = t + kStepsAhead < p.steps ? kStepsAhead : 0;
    for (int64_t b = 0; b < n; b += kBlock<T>) {
      const int64_t m = n - b < kBlock<T> ? n - b : kBlock<T>;
      const T* const x = p.x + t * p.x_step + begin + b;
      T* const out = p.out + t * p.columns + begin + b;
      T* const tape = Tape > 0 ? p.saved + t * Tape * p.columns + begin + b : nullptr;
      prefetch_row(x + ahead * p.x_step, m);
      if (!p.stream) prefetch_row<true>(out + ahead * p.columns, m);
      for (int k = 0; k < Tape; ++k) prefetch_row<true>(tape + (ahead * Tape + k) * p.columns, m);
      forward_step<Model, T, Subtract, Tape, true>(x, state, coefficients, b,
                                                   p.stream ? block : out, tape, p.columns, m);
      if (p.stream) stream_row(out, block, m);
    }
  }
  if (p.stream) finish_streaming();
  for (int k = 0; k < M::states; ++k)
    for (int64_t j = 0; j < n; ++j) p.state_out[k][begin + j] = state[k * kNeuronChunk + j];
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

}  // namespace
}  // namespace nk::NK_ISA
