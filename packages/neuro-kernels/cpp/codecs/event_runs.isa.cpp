#include "neuro_kernels/codecs/event_runs.hpp"

#if defined(__AVX512BW__)
#include "avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

#if defined(__AVX512BW__)

// Bit k: t[k + 1] is another time than t[k]; `all` gets the bits of all 64 times.
uint64_t other_times(const int64_t* t, __m512i& all) noexcept {
  static_assert(kRunBlock == 64);
  __m512i here[9];
  for (int k = 0; k < 8; ++k) here[k] = _mm512_loadu_si512(t + 8 * k);
  here[8] = _mm512_castsi128_si512(_mm_loadu_si64(t + kRunBlock));
  __mmask8 apart[8];
  __m512i together = here[0];
  for (int k = 0; k < 8; ++k) {
    together = _mm512_or_si512(together, here[k]);
    apart[k] = _mm512_cmpneq_epi64_mask(here[k], _mm512_alignr_epi64(here[k + 1], here[k], 1));
  }
  all = together;
  const auto pair = [&](int k) { return _mm512_kunpackb(apart[k + 1], apart[k]); };
  return _mm512_kunpackd(_mm512_kunpackw(pair(6), pair(4)), _mm512_kunpackw(pair(2), pair(0)));
}

bool starts(const Columns& e, int64_t i, uint32_t width, uint32_t height, int group,
            uint64_t& starts) noexcept {
  __m512i times;
  const uint64_t apart_in_time = other_times(e.t + i, times);
  uint32_t outside = _mm512_movepi64_mask(times);
  const __m512i last_x = _mm512_set1_epi16(static_cast<int16_t>(width - 1));
  const __m512i last_y = _mm512_set1_epi16(static_cast<int16_t>(height - 1));
  const __m128i shift = _mm_cvtsi32_si128(group);
  __mmask32 apart[2];
  for (int k = 0; k < 2; ++k) {
    const int64_t at = i + 32 * k;
    const __m512i x = _mm512_loadu_si512(e.x + at);
    const __m512i next_x = _mm512_loadu_si512(e.x + at + 1);
    const __m512i y = _mm512_loadu_si512(e.y + at);
    outside |= _mm512_cmpgt_epu16_mask(x, last_x) | _mm512_cmpgt_epu16_mask(y, last_y);
    const __m512i other_group = _mm512_srl_epi16(_mm512_xor_si512(x, next_x), shift);
    const __m512i other_y = _mm512_xor_si512(y, _mm512_loadu_si512(e.y + at + 1));
    const __m512i other = _mm512_or_si512(other_group, other_y);
    apart[k] = _mm512_cmple_epu16_mask(next_x, x) | _mm512_test_epi16_mask(other, other);
  }
  const __m512i p = _mm512_loadu_si512(e.p + i), next_p = _mm512_loadu_si512(e.p + i + 1);
  const uint64_t other_sign = _mm512_test_epi8_mask(p, p) ^ _mm512_test_epi8_mask(next_p, next_p);
  starts = apart_in_time | other_sign | apart[0] | static_cast<uint64_t>(apart[1]) << 32;
  return outside == 0;
}

#include "event_masks_avx512.hpp"

#else

constexpr decltype(EventRunKernels::masks) masks = nullptr;

bool starts(const Columns& e, int64_t i, uint32_t width, uint32_t height, int group,
            uint64_t& starts) noexcept {
  const int64_t* const t = e.t + i;
  const uint16_t* const x = e.x + i;
  const uint16_t* const y = e.y + i;
  const uint8_t* const p = e.p + i;
  int64_t sign = 0;
  uint32_t outside = 0;
  uint64_t apart = 0;
  for (int64_t k = 0; k < kRunBlock; ++k) {
    sign |= t[k];
    outside |= static_cast<uint32_t>(x[k] >= width) | static_cast<uint32_t>(y[k] >= height);
    // Without jumps: what runs there are cannot be foreseen.
    const uint32_t other = static_cast<uint32_t>(t[k] != t[k + 1]) |
                           static_cast<uint32_t>(y[k] != y[k + 1]) |
                           static_cast<uint32_t>((p[k] != 0) != (p[k + 1] != 0)) |
                           static_cast<uint32_t>(x[k + 1] <= x[k]) |
                           static_cast<uint32_t>((x[k] ^ x[k + 1]) >> group != 0);
    apart |= static_cast<uint64_t>(other) << k;
  }
  starts = apart;
  return sign >= 0 && outside == 0;
}

#endif

}  // namespace

const EventRunKernels event_run_kernels{starts, masks};

}  // namespace nk::NK_ISA
