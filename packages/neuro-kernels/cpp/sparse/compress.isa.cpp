// The nonzero entries of one row.
#include <cstdint>

#include "neuro_kernels/sparse/row_events.hpp"

#if defined(__AVX512F__)
#include "../codecs/avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

template <class T>
int64_t count(const T* x, int64_t n) noexcept {
  int64_t found = 0;
  for (int64_t j = 0; j < n; ++j) found += x[j] != 0;
  return found;
}

template <class T, bool Values>
int64_t list_from(const T* x, int64_t begin, int64_t n, int32_t* index, T* value, int64_t found) {
  bool ones = true;
  for (int64_t j = begin; j < n; ++j) {
    index[found] = static_cast<int32_t>(j);
    if constexpr (Values)
      value[found] = x[j];
    else
      ones &= x[j] == 0 || x[j] == 1;
    found += x[j] != 0;
  }
  return ones ? found : -1;
}

#if defined(__AVX512F__)
template <bool Values>
int64_t list_row(const float* x, int64_t n, int32_t* index, float* value) {
  const __m512 zero = _mm512_setzero_ps(), one = _mm512_set1_ps(1.0f);
  __m512i columns = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i step = _mm512_set1_epi32(16);
  int64_t found = 0, j = 0;
  unsigned other = 0;
  for (; j + 16 <= n; j += 16) {
    const __m512 v = _mm512_loadu_ps(x + j);
    const __mmask16 entries = _mm512_cmp_ps_mask(v, zero, _CMP_NEQ_UQ);
    _mm512_storeu_si512(index + found, _mm512_maskz_compress_epi32(entries, columns));
    if constexpr (Values)
      _mm512_storeu_ps(value + found, _mm512_maskz_compress_ps(entries, v));
    else
      other |= _mm512_mask_cmp_ps_mask(entries, v, one, _CMP_NEQ_UQ);
    found += __builtin_popcount(entries);
    columns = _mm512_add_epi32(columns, step);
  }
  return other ? -1 : list_from<float, Values>(x, j, n, index, value, found);
}
#else
template <bool Values>
int64_t list_row(const float* x, int64_t n, int32_t* index, float* value) {
  return list_from<float, Values>(x, 0, n, index, value, 0);
}
#endif

template <bool Values>
int64_t list_row(const double* x, int64_t n, int32_t* index, double* value) {
  return list_from<double, Values>(x, 0, n, index, value, 0);
}

template <class T>
int64_t list(const T* x, int64_t n, int32_t* index, T* value) noexcept {
  return value == nullptr ? list_row<false>(x, n, index, value)
                          : list_row<true>(x, n, index, value);
}

}  // namespace

const CompressKernels compress_kernels{{&count<float>, &list<float>},
                                       {&count<double>, &list<double>}};

}  // namespace nk::NK_ISA
