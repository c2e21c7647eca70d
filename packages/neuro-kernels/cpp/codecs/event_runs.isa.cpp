#include "neuro_kernels/codecs/event_runs.hpp"

#if defined(__AVX512BW__)
#include "avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

#if defined(__AVX512BW__)

uint64_t other_times(const int64_t* t, uint32_t& negative) noexcept {
  uint64_t apart = 0;
  for (int k = 0; k < kRunBlock; k += 8) {
    const __m512i here = _mm512_loadu_si512(t + k);
    negative |= _mm512_movepi64_mask(here);
    const uint64_t mask = _mm512_cmpneq_epi64_mask(here, _mm512_loadu_si512(t + k + 1));
    apart |= mask << k;
  }
  return apart;
}

bool starts(const Columns& e, int64_t i, uint32_t width, uint32_t height, int group,
            uint64_t& starts) noexcept {
  uint32_t outside = 0;
  uint64_t apart = other_times(e.t + i, outside);
  const __m512i last_x = _mm512_set1_epi16(static_cast<int16_t>(width - 1));
  const __m512i last_y = _mm512_set1_epi16(static_cast<int16_t>(height - 1));
  const __m128i shift = _mm_cvtsi32_si128(group);
  for (int k = 0; k < kRunBlock; k += 32) {
    const __m512i x = _mm512_loadu_si512(e.x + i + k);
    const __m512i next_x = _mm512_loadu_si512(e.x + i + k + 1);
    const __m512i y = _mm512_loadu_si512(e.y + i + k);
    outside |= _mm512_cmpgt_epu16_mask(x, last_x) | _mm512_cmpgt_epu16_mask(y, last_y);
    const __m512i other_group = _mm512_srl_epi16(_mm512_xor_si512(x, next_x), shift);
    const uint64_t mask = _mm512_cmple_epu16_mask(next_x, x) |
                          _mm512_test_epi16_mask(other_group, other_group) |
                          _mm512_cmpneq_epu16_mask(y, _mm512_loadu_si512(e.y + i + k + 1));
    apart |= mask << k;
  }
  const __m512i p = _mm512_loadu_si512(e.p + i), next_p = _mm512_loadu_si512(e.p + i + 1);
  apart |= _mm512_test_epi8_mask(p, p) ^ _mm512_test_epi8_mask(next_p, next_p);
  starts = apart;
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
