// The inner loops of a stage.
#include "neuro_kernels/sparse/stage.hpp"
#include "row_window.hpp"
#include "taps.hpp"

#if defined(__AVX512F__)
#include "../codecs/avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

template <class T, bool Ones, bool Shifted>
void scatter_placed(const Placed<T>& p, const int32_t* index, const T* value, int64_t count,
                    T* drive) {
  const Scatter<T>& s = p.scatter;
  const int64_t outputs = s.outputs, tap_row = s.kernel[1] * outputs;
  const auto channels = static_cast<uint32_t>(s.channels);
  for (int64_t e = 0; e < count; ++e) {
    const T scale = Ones ? T(1) : value[e];
    const auto at = static_cast<uint32_t>(index[e]);
    const uint32_t pixel = Shifted ? at >> p.shift : at / channels;
    const int64_t channel = at - pixel * channels;
    const int32_t place = p.places[pixel];
    if (place < 0) continue;
    if (s.width == 0) {
      add_row<T, Ones>(drive, s.weight + (place * s.channels + channel) * outputs, outputs, scale);
      continue;
    }
    const int64_t y = place >> 16, x = place & 0xffff;
    const T* weights = s.weight + channel * s.kernel[0] * tap_row;
    for (int64_t ky = 0; ky < s.kernel[0]; ++ky) {
      const int64_t from = y + s.padding[0] - ky * s.dilation[0];
      if (from < 0) break;
      const int64_t oy = s.stride[0] == 1 ? from : from / s.stride[0];
      if (oy * s.stride[0] != from || oy >= s.out_height) continue;
      add_taps<T, Ones>(s, x, weights + ky * tap_row, drive + oy * s.out_width * outputs, scale);
    }
  }
}

template <class T, bool Ones>
void by_division(const Placed<T>& p, const int32_t* index, const T* value, int64_t count,
                 T* drive) {
  if (slide<T, Ones>(p, index, value, count, drive)) return;
  p.shift >= 0 ? scatter_placed<T, Ones, true>(p, index, value, count, drive)
               : scatter_placed<T, Ones, false>(p, index, value, count, drive);
}

template <class T>
void scatter(const Placed<T>& p, const int32_t* index, const T* value, int64_t count,
             T* drive) noexcept {
  value == nullptr ? by_division<T, true>(p, index, value, count, drive)
                   : by_division<T, false>(p, index, value, count, drive);
}

template <class T>
void fill(T* drive, const T* bias, int64_t pixels, int64_t outputs) noexcept {
  constexpr int64_t kLanes = kInferVectorBytes / static_cast<int64_t>(sizeof(T));
  for (int64_t p = 0; p < pixels; ++p, drive += outputs)
    for (int64_t o = 0; o < outputs; o += kLanes)
      for (int64_t l = 0; l < kLanes; ++l) drive[o + l] = bias == nullptr ? T(0) : bias[o + l];
}

template <class T>
int64_t list_rest(const T* z, int64_t first, int64_t n, int32_t* index) noexcept {
  int64_t found = 0;
  constexpr int64_t kBlock = 16;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = begin + kBlock < n ? begin + kBlock : n;
    bool any = false;
    for (int64_t j = begin; j < end; ++j) any |= z[j] != 0;
    if (!any) continue;
    for (int64_t j = begin; j < end; ++j) {
      index[found] = static_cast<int32_t>(first + j);
      found += z[j] != 0;
    }
  }
  return found;
}

#if defined(__AVX512F__)
int64_t list(const float* z, int64_t first, int64_t n, int32_t* index) noexcept {
  const __m512 zero = _mm512_setzero_ps();
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  int64_t found = 0, j = 0;
  // Four vectors share a branch: one for each would be foreseen badly where few neurons spike.
  for (; j + 64 <= n; j += 64) {
    __mmask16 entries[4];
    for (int k = 0; k < 4; ++k)
      entries[k] = _mm512_cmp_ps_mask(_mm512_loadu_ps(z + j + 16 * k), zero, _CMP_NEQ_UQ);
    if ((entries[0] | entries[1] | entries[2] | entries[3]) == 0) continue;
    for (int k = 0; k < 4; ++k) {
      const auto at = static_cast<int>(first + j + 16 * k);
      const __m512i indices = _mm512_add_epi32(lane, _mm512_set1_epi32(at));
      _mm512_storeu_si512(index + found, _mm512_maskz_compress_epi32(entries[k], indices));
      found += __builtin_popcount(entries[k]);
    }
  }
  return found + list_rest<float>(z + j, first + j, n - j, index + found);
}
#else
int64_t list(const float* z, int64_t first, int64_t n, int32_t* index) noexcept {
  return list_rest<float>(z, first, n, index);
}
#endif

}  // namespace

const StageKernels stage_kernels{{&scatter<float>, &fill<float>, &list},
                                 {&scatter<double>, &fill<double>, &list_rest<double>}};

}  // namespace nk::NK_ISA
