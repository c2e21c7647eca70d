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
  const auto add = [&](auto window) { window.template add<Ones>(p, index, value, count); };
  if (slide(p, drive, add)) return;
  p.shift >= 0 ? scatter_placed<T, Ones, true>(p, index, value, count, drive)
               : scatter_placed<T, Ones, false>(p, index, value, count, drive);
}

template <class T>
void scatter(const Placed<T>& p, const int32_t* index, const T* value, int64_t count,
             T* drive) noexcept {
  value == nullptr ? by_division<T, true>(p, index, value, count, drive)
                   : by_division<T, false>(p, index, value, count, drive);
}

// Adds the rows of a matrix that spikes name, with the sums of up to 8 vectors in registers.
template <class T>
void add_rows(const Placed<T>& p, const uint8_t* bits, T* drive) {
  using L = Lanes<T>;
  const Scatter<T>& s = p.scatter;
  const int64_t bytes = p.height * p.width * s.channels / 8;
  const auto channels = static_cast<uint32_t>(s.channels);
  in_vectors<T>(s.outputs, [&]<int V>(int64_t first) {
    typename L::V sum[V];
    NK_UNROLL for (int k = 0; k < V; ++k) sum[k] = L::load(drive + first + k * L::n);
    const T* weight = s.weight + first;
    for (int64_t b = 0; b < bytes; b += 8) {
      uint64_t word = 0;
      if (b + 8 <= bytes)
        __builtin_memcpy(&word, bits + b, 8);
      else
        for (int64_t k = 0; k < bytes - b; ++k) word |= static_cast<uint64_t>(bits[b + k]) << k * 8;
      for (; word != 0; word &= word - 1) {
        const auto at = static_cast<uint32_t>(b * 8 + __builtin_ctzll(word));
        const uint32_t pixel = p.shift >= 0 ? at >> p.shift : at / channels;
        const int64_t place = p.places[pixel];
        if (place < 0) continue;
        const T* row = weight + (place * s.channels + (at - pixel * channels)) * s.outputs;
        NK_UNROLL for (int k = 0; k < V; ++k) L::add(sum[k], L::load(row + k * L::n));
      }
    }
    NK_UNROLL for (int k = 0; k < V; ++k) L::store(drive + first + k * L::n, sum[k]);
  });
}

template <class T>
bool scatter_bits(const Placed<T>& p, const uint8_t* bits, bool once, T* drive) noexcept {
  if (p.scatter.width == 0) {
    if (!once) add_rows(p, bits, drive);
    return !once;
  }
  const auto add = [&](auto window) {
    once ? window.template add_bits<true>(p, bits) : window.template add_bits<false>(p, bits);
  };
  return slide(p, drive, add);
}

template <class T>
void fill(T* drive, const T* bias, int64_t pixels, int64_t outputs) noexcept {
  using L = Lanes<T>;
  in_vectors<T>(outputs, [&]<int V>(int64_t first) {
    typename L::V value[V];
    NK_UNROLL for (int k = 0; k < V; ++k) value[k] =
        bias == nullptr ? L::splat(T(0)) : L::load(bias + first + k * L::n);
    T* to = drive + first;
    for (int64_t p = 0; p < pixels; ++p, to += outputs)
      NK_UNROLL for (int k = 0; k < V; ++k) L::store(to + k * L::n, value[k]);
  });
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

const StageKernels stage_kernels{
    {&scatter<float>, &scatter_bits<float>, &fill<float>, &list},
    {&scatter<double>, &scatter_bits<double>, &fill<double>, &list_rest<double>}};

}  // namespace nk::NK_ISA
