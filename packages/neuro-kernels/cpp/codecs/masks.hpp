// What EVT 2.1 and EVT 4 share: times of 28 + 6 bits, and words that are masks of 32 columns. For
// .isa.cpp files only: everything has internal linkage.
#pragma once

#if defined(__AVX512BW__)
#include "avx512.hpp"
#endif
#include "neuro_kernels/codecs/words.hpp"

namespace nk {
namespace {

constexpr uint32_t kHighRange = 1u << 28;

template <class State>
inline void set_high(State& s, uint32_t high) noexcept {
  if (s.has_time && high < s.high && s.high - high > kHighRange / 2) {
    ++s.loop;
  } else if (s.has_time && high > s.high && high - s.high > kHighRange / 2 && s.loop > 0) {
    --s.loop;
  }
  s.has_time = true;
  s.high = high;
  s.base = (s.loop << 34) | (static_cast<int64_t>(high) << 6);
}

// The bits of `mask` whose columns lie inside the sensor.
inline uint32_t inside(uint32_t mask, int32_t x, int32_t y, int32_t width,
                       int32_t height) noexcept {
  if (y >= height || x >= width) return 0;
  const int32_t columns = width - x;
  return columns >= 32 ? mask : mask & ((1u << columns) - 1);
}

// For each value of 8 bits, the places of those that are set.
struct Places {
  uint8_t of[256][8];
};
constexpr Places make_places() noexcept {
  Places places{};
  for (uint32_t bits = 0; bits < 256; ++bits) {
    uint32_t n = 0;
    for (uint8_t bit = 0; bit < 8; ++bit)
      if ((bits >> bit & 1) != 0) places.of[bits][n++] = bit;
  }
  return places;
}
alignas(64) constexpr Places kPlaces = make_places();

// Room that `put_mask` needs: it writes whole vectors.
constexpr int64_t kMaskRoom = 32 + 16;

#if defined(__AVX512BW__)

// Writes one event for each bit of `mask`, which must not be 0.
inline void put_mask(Cursor& out, int64_t time, uint32_t x, uint32_t y, uint32_t p,
                     uint32_t mask) noexcept {
  const __m512i columns =
      _mm512_add_epi32(_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
                       _mm512_set1_epi32(static_cast<int>(x)));
  const __m512i later = _mm512_add_epi32(columns, _mm512_set1_epi32(16));
  const auto low = static_cast<__mmask16>(mask), high = static_cast<__mmask16>(mask >> 16);
  const int64_t n = popcount(mask);
  uint16_t* const xs = out.to.x + out.n;
  const auto put_columns = [](uint16_t* to, __mmask16 bits, __m512i from) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                        _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(bits, from)));
  };
  put_columns(xs, low, columns);
  put_columns(xs + popcount(mask & 0xFFFF), high, later);
  _mm512_storeu_si512(out.to.y + out.n, _mm512_set1_epi16(static_cast<int16_t>(y)));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.to.p + out.n),
                      _mm256_set1_epi8(static_cast<char>(p)));
  const __m512i times = _mm512_set1_epi64(time);
  int64_t* const t = out.to.t + out.n;
  _mm512_storeu_si512(t, times);
  _mm512_storeu_si512(t + 8, times);
  if (n > 16) {
    _mm512_storeu_si512(t + 16, times);
    _mm512_storeu_si512(t + 24, times);
  }
  out.n += n;
}

#else

// Writes one event for each bit of `mask`, which must not be 0.
inline void put_mask(Cursor& out, int64_t time, uint32_t x, uint32_t y, uint32_t p,
                     uint32_t mask) noexcept {
  int64_t n = out.n;
  uint32_t shift = 0;
  do {
    const uint32_t first = lowest_bit(mask);
    shift += first;
    const uint32_t bits = (mask >> first) & 0xFF;
    // In two steps: a shift by 32 is not defined.
    mask = (mask >> first) >> 8;
    const uint8_t* const places = kPlaces.of[bits];
    int64_t* const t = out.to.t + n;
    uint16_t* const xs = out.to.x + n;
    uint16_t* const ys = out.to.y + n;
    uint8_t* const ps = out.to.p + n;
    const uint16_t from = static_cast<uint16_t>(x + shift);
    for (int k = 0; k < 8; ++k) t[k] = time;
    for (int k = 0; k < 8; ++k) xs[k] = static_cast<uint16_t>(from + places[k]);
    for (int k = 0; k < 8; ++k) ys[k] = static_cast<uint16_t>(y);
    for (int k = 0; k < 8; ++k) ps[k] = static_cast<uint8_t>(p);
    n += popcount(bits);
    shift += 8;
  } while (mask != 0);
  out.n = n;
}

#endif

// Any mask at any place: false and no change where the output has no room for it.
template <class State>
inline bool any_mask(State& s, int64_t t, int32_t x, int32_t y, uint32_t p, uint32_t mask,
                     int64_t offset, int64_t bytes, Cursor& out) noexcept {
  DecodeCounts& counts = s.counts;
  if (!s.has_time) {
    skip(counts, counts.before_time, popcount(mask), offset, bytes);
    return true;
  }
  const uint32_t kept = inside(mask, x, y, s.width, s.height);
  if (popcount(kept) > out.to.capacity - out.n) return false;
  if (kept != mask) skip(counts, counts.out_of_range, popcount(mask & ~kept), offset, bytes);
  if (kept == 0) return true;
  if (t < s.last_t) {
    ++counts.time_errors;
    mark(counts, offset);
  }
  s.last_t = t;
  for (uint32_t rest = kept; rest != 0; rest &= rest - 1)
    out.put(t, static_cast<uint32_t>(x) + lowest_bit(rest), static_cast<uint32_t>(y), p);
  return true;
}

}  // namespace
}  // namespace nk
