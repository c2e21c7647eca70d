#include "neuro_kernels/codecs/event_pack.hpp"

#if defined(__AVX512BW__)
#include "avx512.hpp"
#endif
#include "neuro_kernels/codecs/words.hpp"

namespace nk::NK_ISA {
namespace {

#if defined(__AVX512BW__)

template <class Mask>
int64_t first_clear(Mask fits, int lanes) noexcept {
  const uint32_t apart = ~static_cast<uint32_t>(fits) & ((1u << lanes) - 1);
  return apart == 0 ? lanes : lowest_bit(apart);
}

// Words of 16 events, of which the lanes in `given` are there; returns those that fit the plan.
inline __mmask16 evt2_words(const Columns& e, int64_t i, __mmask16 given, const PackPlan& plan,
                            __m512i& words) noexcept {
  const __m512i high = _mm512_set1_epi64(plan.high);
  const __m512i t0 = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(given), e.t + i);
  const __m512i t1 = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(given >> 8), e.t + i + 8);
  const __m512i x = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(given, e.x + i));
  const __m512i y = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(given, e.y + i));
  const __m128i p = _mm_maskz_loadu_epi8(given, e.p + i);
  const uint32_t timely =
      _mm512_cmpeq_epi64_mask(_mm512_srai_epi64(t0, 6), high) |
      static_cast<uint32_t>(_mm512_cmpeq_epi64_mask(_mm512_srai_epi64(t1, 6), high)) << 8;
  const __m512i t =
      _mm512_and_si512(_mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi64_epi32(t0)),
                                          _mm512_cvtepi64_epi32(t1), 1),
                       _mm512_set1_epi32(63));
  const __m512i on = _mm512_maskz_set1_epi32(_mm_test_epi8_mask(p, p), 1 << 28);
  const __m512i place = _mm512_or_si512(_mm512_slli_epi32(x, 11), y);
  words = _mm512_or_si512(_mm512_or_si512(_mm512_slli_epi32(t, 22), place), on);
  return static_cast<__mmask16>(given & timely) &
         _mm512_cmplt_epu32_mask(x, _mm512_set1_epi32(static_cast<int>(plan.width))) &
         _mm512_cmplt_epu32_mask(y, _mm512_set1_epi32(static_cast<int>(plan.height)));
}

int64_t evt2(const Columns& e, int64_t i, const PackPlan& plan, uint8_t* out) noexcept {
  const int64_t begin = i;
  __m512i words;
  // Where the next block begins must not wait for what this one holds.
  for (; i + 16 <= e.n; i += 16) {
    if (evt2_words(e, i, 0xFFFF, plan, words) != 0xFFFF) break;
    _mm512_storeu_si512(out + 4 * (i - begin), words);
  }
  if (i == e.n) return i - begin;
  const int64_t left = e.n - i;
  const auto given = static_cast<__mmask16>(left >= 16 ? 0xFFFF : (1u << left) - 1);
  const int64_t n = first_clear(evt2_words(e, i, given, plan, words), 16);
  _mm512_mask_storeu_epi32(out + 4 * (i - begin), static_cast<__mmask16>((1u << n) - 1), words);
  return i + n - begin;
}

// As above, for records of 8 events.
inline __mmask8 dat_records(const Columns& e, int64_t i, __mmask8 given, const PackPlan& plan,
                            __m512i& records) noexcept {
  const __m512i high = _mm512_set1_epi64(plan.high);
  const __m512i low = _mm512_set1_epi64(0xFFFFFFFF);
  const __m512i width = _mm512_set1_epi64(plan.width), height = _mm512_set1_epi64(plan.height);
  const __m512i on_bit = _mm512_set1_epi64(int64_t{1} << (32 + plan.p_shift));
  const __m128i time_shift = _mm_cvtsi32_si128(plan.time_shift);
  const __m128i y_shift = _mm_cvtsi32_si128(32 + plan.y_shift);
  const __m512i t = _mm512_maskz_loadu_epi64(given, e.t + i);
  const __m512i x = _mm512_cvtepu16_epi64(_mm_maskz_loadu_epi16(given, e.x + i));
  const __m512i y = _mm512_cvtepu16_epi64(_mm_maskz_loadu_epi16(given, e.y + i));
  const __m128i p = _mm_maskz_loadu_epi8(given, e.p + i);
  const __m512i on =
      _mm512_maskz_mov_epi64(static_cast<__mmask8>(_mm_test_epi8_mask(p, p)), on_bit);
  const __m512i place = _mm512_or_si512(_mm512_slli_epi64(x, 32), _mm512_sll_epi64(y, y_shift));
  records = _mm512_or_si512(_mm512_or_si512(_mm512_and_si512(t, low), place), on);
  return given & _mm512_cmpeq_epi64_mask(_mm512_sra_epi64(t, time_shift), high) &
         _mm512_cmplt_epu64_mask(x, width) & _mm512_cmplt_epu64_mask(y, height);
}

int64_t dat(const Columns& e, int64_t i, const PackPlan& plan, uint8_t* out) noexcept {
  const int64_t begin = i;
  __m512i records;
  for (; i + 8 <= e.n; i += 8) {
    if (dat_records(e, i, 0xFF, plan, records) != 0xFF) break;
    _mm512_storeu_si512(out + 8 * (i - begin), records);
  }
  if (i == e.n) return i - begin;
  const int64_t left = e.n - i;
  const auto given = static_cast<__mmask8>(left >= 8 ? 0xFF : (1u << left) - 1);
  const int64_t n = first_clear(dat_records(e, i, given, plan, records), 8);
  _mm512_mask_storeu_epi64(out + 8 * (i - begin), static_cast<__mmask8>((1u << n) - 1), records);
  return i + n - begin;
}

#else

constexpr int64_t kBlock = 32;

bool fits(const Columns& e, int64_t i, int64_t n, const PackPlan& plan) noexcept {
  int64_t apart = 0;
  uint32_t outside = 0;
  for (int64_t k = i; k < i + n; ++k) apart |= (e.t[k] >> plan.time_shift) ^ plan.high;
  for (int64_t k = i; k < i + n; ++k)
    outside |=
        static_cast<uint32_t>(e.x[k] >= plan.width) | static_cast<uint32_t>(e.y[k] >= plan.height);
  return apart == 0 && outside == 0;
}

// The events that fit the plan, a block at a time, then one by one up to the first that does not.
template <class Put>
int64_t pack(const Columns& e, int64_t i, const PackPlan& plan, Put put) noexcept {
  const int64_t begin = i;
  for (; i + kBlock <= e.n && fits(e, i, kBlock, plan); i += kBlock) put(i, kBlock);
  for (; i < e.n && fits(e, i, 1, plan); ++i) put(i, 1);
  return i - begin;
}

int64_t evt2(const Columns& e, int64_t i, const PackPlan& plan, uint8_t* out) noexcept {
  return pack(e, i, plan, [&, begin = i](int64_t at, int64_t n) {
    uint32_t words[kBlock];
    for (int64_t k = 0; k < n; ++k)
      words[k] = static_cast<uint32_t>(e.p[at + k] != 0) << 28 |
                 static_cast<uint32_t>(e.t[at + k] & 63) << 22 |
                 static_cast<uint32_t>(e.x[at + k]) << 11 | e.y[at + k];
    std::memcpy(out + 4 * (at - begin), words, static_cast<size_t>(4 * n));
  });
}

int64_t dat(const Columns& e, int64_t i, const PackPlan& plan, uint8_t* out) noexcept {
  return pack(e, i, plan, [&, begin = i](int64_t at, int64_t n) {
    uint64_t records[kBlock];
    for (int64_t k = 0; k < n; ++k) {
      const uint64_t place = e.x[at + k] | static_cast<uint64_t>(e.y[at + k]) << plan.y_shift |
                             static_cast<uint64_t>(e.p[at + k] != 0) << plan.p_shift;
      records[k] = place << 32 | (static_cast<uint64_t>(e.t[at + k]) & 0xFFFFFFFF);
    }
    std::memcpy(out + 8 * (at - begin), records, static_cast<size_t>(8 * n));
  });
}

#endif

}  // namespace

const EventPackKernels event_pack_kernels{evt2, dat};

}  // namespace nk::NK_ISA
