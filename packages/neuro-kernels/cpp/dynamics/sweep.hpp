// A few vectors of columns through all steps with their state in registers; spikes become bits.
// For *.isa.cpp files only; models as in multistep.hpp.
#pragma once

#include <cstring>

#include "multistep_macros.hpp"
#include "neuro_kernels/dynamics/neuron.hpp"
#include "rows.hpp"

namespace nk::NK_ISA {
namespace {

// Sets bit j of `bits` where z[j], 0 or 1, is not 0; n is a multiple of 8.
template <class T>
inline void pack_spikes(const T* z, int64_t n, uint8_t* bits) {
  for (int64_t j = 0; j < n; j += 8) {
    unsigned byte = 0;
    for (int64_t k = 0; k < 8; ++k) byte |= static_cast<unsigned>(z[j + k] != T(0)) << k;
    bits[j / 8] = static_cast<uint8_t>(byte);
  }
}

#if defined(NK_X86_LEVELS)
// Overloads of the template above, with one instruction for each vector.
inline void pack_spikes(const float* z, int64_t n, uint8_t* bits) {
#if defined(__AVX512F__)
  for (int64_t j = 0; j < n; j += 16) {
    const __mmask16 set =
        _mm512_cmp_ps_mask(_mm512_loadu_ps(z + j), _mm512_setzero_ps(), _CMP_NEQ_UQ);
    std::memcpy(bits + j / 8, &set, 2);
  }
#elif defined(__AVX__)
  for (int64_t j = 0; j < n; j += 8) {
    const __m256 set = _mm256_cmp_ps(_mm256_loadu_ps(z + j), _mm256_setzero_ps(), _CMP_NEQ_UQ);
    bits[j / 8] = static_cast<uint8_t>(_mm256_movemask_ps(set));
  }
#else
  for (int64_t j = 0; j < n; j += 8) {
    const __m128 zero = _mm_setzero_ps();
    const int low = _mm_movemask_ps(_mm_cmpneq_ps(_mm_loadu_ps(z + j), zero));
    const int high = _mm_movemask_ps(_mm_cmpneq_ps(_mm_loadu_ps(z + j + 4), zero));
    bits[j / 8] = static_cast<uint8_t>(low | high << 4);
  }
#endif
}

inline void pack_spikes(const double* z, int64_t n, uint8_t* bits) {
#if defined(__AVX512F__)
  for (int64_t j = 0; j < n; j += 8)
    bits[j / 8] = _mm512_cmp_pd_mask(_mm512_loadu_pd(z + j), _mm512_setzero_pd(), _CMP_NEQ_UQ);
#else
  pack_spikes<double>(z, n, bits);
#endif
}
#endif

// The coefficients of W columns: one value each, or one per column.
template <class T, int P, int64_t W, bool PerNeuron>
struct TileCoefficients {
  T shared[P];
  TileCoefficients(const T* all, int64_t, int64_t) {
    for (int k = 0; k < P; ++k) shared[k] = all[k];
  }
  void at(int64_t, T* c) const {
    for (int k = 0; k < P; ++k) c[k] = shared[k];
  }
};

template <class T, int P, int64_t W>
struct TileCoefficients<T, P, W, true> {
  alignas(64) T rows[P][W];
  TileCoefficients(const T* all, int64_t columns, int64_t begin) {
    for (int k = 0; k < P; ++k)
      for (int64_t j = 0; j < W; ++j) rows[k][j] = all[k * columns + begin + j];
  }
  void at(int64_t j, T* c) const {
    for (int k = 0; k < P; ++k) c[k] = rows[k][j];
  }
};

// Columns [begin, begin + W).
template <template <class> class Model, class T, int64_t W, bool PerNeuron, bool Subtract>
void sweep_tile(const NeuronSweep<T>& p, int64_t begin) {
  using M = Model<T>;
  const TileCoefficients<T, M::coefficients, W, PerNeuron> coefficients(p.coefficients, p.columns,
                                                                        begin);
  alignas(64) T state[M::states][W];
  for (int k = 0; k < M::states; ++k) {
    if (p.state[k] != nullptr) {
      for (int64_t j = 0; j < W; ++j) state[k][j] = p.state[k][begin + j];
    } else {
      for (int64_t j = 0; j < W; ++j) {
        T c[M::coefficients];
        coefficients.at(j, c);
        state[k][j] = M::rest(k, c);
      }
    }
  }
  for (int64_t t = 0; t < p.steps; ++t) {
    const T* NK_RESTRICT x = p.x + t * p.x_step + begin;
    alignas(64) T z[W];
    NK_IVDEP_FEW for (int64_t j = 0; j < W; ++j) {
      T s[M::states], c[M::coefficients], kept[M::tape_learn];
      coefficients.at(j, c);
      for (int k = 0; k < M::states; ++k) s[k] = state[k][j];
      z[j] = M::template forward<Subtract>(x[j], s, c, kept);
      for (int k = 0; k < M::states; ++k) state[k][j] = s[k];
    }
    pack_spikes(z, W, p.bits + t * p.bits_step + begin / 8);
  }
  for (int k = 0; k < M::states; ++k)
    for (int64_t j = 0; j < W; ++j) p.state_out[k][begin + j] = state[k][j];
}

template <template <class> class Model, class T, bool PerNeuron, bool Subtract>
void sweep_tiles(const NeuronSweep<T>& p) {
  constexpr int64_t one = kNeuronVector<T>, several = 4 * one;
  int64_t begin = 0;
  for (; begin + several <= p.columns; begin += several)
    sweep_tile<Model, T, several, PerNeuron, Subtract>(p, begin);
  for (; begin + one <= p.columns; begin += one)
    sweep_tile<Model, T, one, PerNeuron, Subtract>(p, begin);
}

template <template <class> class Model, class T>
void sweep_any(const NeuronSweep<T>& p) noexcept {
  if (p.per_neuron)
    p.subtract ? sweep_tiles<Model, T, true, true>(p) : sweep_tiles<Model, T, true, false>(p);
  else
    p.subtract ? sweep_tiles<Model, T, false, true>(p) : sweep_tiles<Model, T, false, false>(p);
}

template <template <class> class Model, class T>
constexpr auto sweep_of() {
  using Sweep = void (*)(const NeuronSweep<T>&) noexcept;
  if constexpr (Model<T>::surrogates > 0)
    return static_cast<Sweep>(&sweep_any<Model, T>);
  else
    return static_cast<Sweep>(nullptr);
}

}  // namespace
}  // namespace nk::NK_ISA
