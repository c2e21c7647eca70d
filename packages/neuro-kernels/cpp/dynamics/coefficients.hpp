// Coefficients and initial state of a chunk of columns. For *.isa.cpp files only.
#pragma once

#include "neuro_kernels/dynamics/neuron.hpp"

namespace nk::NK_ISA {
namespace {

// Coefficients of a chunk: one value each, or one per column.
template <class T, int P, bool PerNeuron>
struct Coefficients {
  T shared[P];
  Coefficients(const T* all, int64_t, int64_t, int64_t) {
    for (int k = 0; k < P; ++k) shared[k] = all[k];
  }
  // A copy: what is written to memory meanwhile cannot change it.
  Coefficients local() const { return *this; }
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
  const Coefficients& local() const { return *this; }
  void at(int64_t j, T* c) const {
    for (int k = 0; k < P; ++k) c[k] = rows[k][j];
  }
};

// Fills the state's rows, kNeuronChunk values each, from memory or with the model's rest.
template <template <class> class Model, class T, class C>
void load_state(const T* const* state, int64_t begin, int64_t n, const C& coefficients, T* rows) {
  using M = Model<T>;
  for (int k = 0; k < M::states; ++k) {
    if (state[k] != nullptr) {
      for (int64_t j = 0; j < n; ++j) rows[k * kNeuronChunk + j] = state[k][begin + j];
    } else {
      for (int64_t j = 0; j < n; ++j) {
        T c[M::coefficients];
        coefficients.at(j, c);
        rows[k * kNeuronChunk + j] = M::rest(k, c);
      }
    }
  }
}

}  // namespace
}  // namespace nk::NK_ISA
