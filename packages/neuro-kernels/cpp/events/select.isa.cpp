#include "neuro_kernels/events/select.hpp"

#include "neuro_kernels/codecs/words.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nk::NK_ISA {
namespace {

#if defined(__AVX2__)

// For each set of 8 flags, the places of those that are set; for each set of 4, the same as pairs
// of 32-bit halves.
struct Places {
  alignas(64) uint8_t of_eight[256][8];
  alignas(64) int32_t halves_of_four[16][8];
};

constexpr Places make_places() noexcept {
  Places places{};
  for (unsigned flags = 0; flags < 256; ++flags) {
    unsigned n = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
      if ((flags >> bit & 1u) == 0) continue;
      places.of_eight[flags][n] = static_cast<uint8_t>(bit);
      if (flags < 16) {
        places.halves_of_four[flags][2 * n] = static_cast<int32_t>(2 * bit);
        places.halves_of_four[flags][2 * n + 1] = static_cast<int32_t>(2 * bit + 1);
      }
      ++n;
    }
  }
  return places;
}

constexpr Places kPlaces = make_places();

// Writes the chosen ones of four times at `out`, and something after them.
inline void put_times(const int64_t* t, unsigned flags, int64_t* out) noexcept {
  const __m256i order =
      _mm256_load_si256(reinterpret_cast<const __m256i*>(kPlaces.halves_of_four[flags]));
  const __m256i times = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(t));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permutevar8x32_epi32(times, order));
}

inline void put_places(const uint16_t* from, __m128i order, uint16_t* out) noexcept {
  const __m128i values = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_shuffle_epi8(values, order));
}

// Takes events eight at a time as long as eight fit; tells how many it took.
inline int64_t select_eights(const Columns& events, const uint8_t* keep, const MutableColumns& out,
                             int64_t* copied) noexcept {
  int64_t i = 0, k = 0;
  for (; i + 8 <= events.n && k + 8 <= out.capacity; i += 8) {
    const __m128i flags = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(keep + i));
    const unsigned none =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(flags, _mm_setzero_si128())));
    const unsigned chosen = ~none & 0xFFu;
    const unsigned low = chosen & 15u, high = chosen >> 4;
    const __m128i order =
        _mm_loadl_epi64(reinterpret_cast<const __m128i*>(kPlaces.of_eight[chosen]));
    // Byte b of 16-bit place n is byte 2 n + b.
    const __m128i pairs = _mm_add_epi16(
        _mm_mullo_epi16(_mm_cvtepu8_epi16(order), _mm_set1_epi16(0x0202)), _mm_set1_epi16(0x0100));
    put_times(events.t + i, low, out.t + k);
    put_times(events.t + i + 4, high, out.t + k + popcount(low));
    put_places(events.x + i, pairs, out.x + k);
    put_places(events.y + i, pairs, out.y + k);
    const __m128i p = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(events.p + i));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out.p + k), _mm_shuffle_epi8(p, order));
    k += popcount(chosen);
  }
  *copied = k;
  return i;
}

#endif

int64_t select(const Columns& events, const uint8_t* keep, const MutableColumns& out) noexcept {
  int64_t k = 0, i = 0;
#if defined(__AVX2__)
  i = select_eights(events, keep, out, &k);
#endif
  // Written always, counted only where kept: no branch to mispredict.
  for (; i < events.n && k < out.capacity; ++i) {
    out.t[k] = events.t[i];
    out.x[k] = events.x[i];
    out.y[k] = events.y[i];
    out.p[k] = events.p[i];
    k += keep[i] != 0;
  }
  return k;
}

}  // namespace

const SelectKernels select_kernels{select};

}  // namespace nk::NK_ISA
