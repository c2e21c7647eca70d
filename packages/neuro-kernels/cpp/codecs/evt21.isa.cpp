#include "neuro_kernels/codecs/evt21.hpp"

#include "masks.hpp"
#include "staged.hpp"

namespace nk::NK_ISA {
namespace {

template <bool upper_first>
uint64_t in_order(uint64_t word) noexcept {
  return upper_first ? word << 32 | word >> 32 : word;
}

template <bool upper_first>
bool step(Evt21State& s, uint64_t stored, int64_t offset, Cursor& out) noexcept {
  const uint64_t word = in_order<upper_first>(stored);
  DecodeCounts& counts = s.counts;
  const int64_t t = s.base + static_cast<int64_t>((word >> 54) & 63);
  const uint32_t type = static_cast<uint32_t>(word >> 60), mask = static_cast<uint32_t>(word);
  switch (type) {
    case 0x0:
    case 0x1:
      if (mask == 0) {
        ++counts.other_words;
        return true;
      }
      return any_mask(s, t, (word >> 43) & 0x7FF, (word >> 32) & 0x7FF, type, mask, offset, 8, out);
    case 0x8: set_high(s, static_cast<uint32_t>(word >> 32) & (kHighRange - 1)); return true;
    case 0xA:
      if (!s.has_time) {
        skip(counts, counts.before_time, 1, offset, 8);
        return true;
      }
      return out.put_trigger(t, (word >> 40) & 31, (word >> 32) & 1);
    case 0xD:
    case 0xE:
    case 0xF: ++counts.other_words; return true;
    default: skip(counts, counts.unknown_words, 1, offset, 8); return true;
  }
}

// Leading words, of the next eight, that say one event each, inside the sensor and not earlier than
// the one before; their events are written.
template <bool upper_first>
int64_t put_singles(const Evt21State& s, const uint8_t* data, int64_t last_t,
                    Cursor& out) noexcept {
#if defined(__AVX512BW__)
  __m512i word = _mm512_loadu_si512(data);
  if constexpr (upper_first) word = _mm512_ror_epi64(word, 32);
  const __m512i zero = _mm512_setzero_si512(), field = _mm512_set1_epi64(0x7FF);
  const __m512i mask = _mm512_and_si512(word, _mm512_set1_epi64(0xFFFFFFFF));
  const __m512i more = _mm512_and_si512(mask, _mm512_add_epi64(mask, _mm512_set1_epi64(-1)));
  const __m512i bit = _mm512_sub_epi64(_mm512_set1_epi64(63), _mm512_lzcnt_epi64(mask));
  const __m512i x = _mm512_add_epi64(_mm512_and_si512(_mm512_srli_epi64(word, 43), field), bit);
  const __m512i y = _mm512_and_si512(_mm512_srli_epi64(word, 32), field);
  const __m512i t =
      _mm512_add_epi64(_mm512_and_si512(_mm512_srli_epi64(word, 54), _mm512_set1_epi64(63)),
                       _mm512_set1_epi64(s.base));
  const __m512i before = _mm512_alignr_epi64(t, _mm512_set1_epi64(last_t), 7);
  const uint32_t fits = _mm512_test_epi64_mask(mask, mask) & _mm512_testn_epi64_mask(more, more) &
                        _mm512_cmpeq_epi64_mask(_mm512_srli_epi64(word, 61), zero) &
                        _mm512_cmplt_epi64_mask(x, _mm512_set1_epi64(s.width)) &
                        _mm512_cmplt_epi64_mask(y, _mm512_set1_epi64(s.height)) &
                        _mm512_cmpge_epi64_mask(t, before);
  _mm512_storeu_si512(out.to.t + out.n, t);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.to.x + out.n), _mm512_cvtepi64_epi16(x));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out.to.y + out.n), _mm512_cvtepi64_epi16(y));
  _mm_storeu_si64(out.to.p + out.n, _mm512_cvtepi64_epi8(_mm512_srli_epi64(word, 60)));
  const int64_t n = lowest_bit(~fits);
#else
  int64_t n = 0;
  for (; n < 8; ++n) {
    const uint64_t word = in_order<upper_first>(load<uint64_t>(data + 8 * n));
    const uint32_t mask = static_cast<uint32_t>(word);
    if (word >> 61 != 0 || mask == 0 || (mask & (mask - 1)) != 0) break;
    const uint32_t x = ((word >> 43) & 0x7FF) + lowest_bit(mask), y = (word >> 32) & 0x7FF;
    const int64_t t = s.base + static_cast<int64_t>((word >> 54) & 63);
    if (x >= static_cast<uint32_t>(s.width) || y >= static_cast<uint32_t>(s.height) || t < last_t)
      break;
    last_t = t;
    out.to.t[out.n + n] = t;
    out.to.x[out.n + n] = static_cast<uint16_t>(x);
    out.to.y[out.n + n] = static_cast<uint16_t>(y);
    out.to.p[out.n + n] = static_cast<uint8_t>(word >> 60);
  }
#endif
  out.n += n;
  return n;
}

// Whether a word can be one event.
template <bool upper_first>
bool single(uint64_t stored) noexcept {
  const auto mask = static_cast<uint32_t>(in_order<upper_first>(stored));
  return (mask & (mask - 1)) == 0;
}

// Decodes words that need no care; returns how many they were.
template <bool upper_first>
int64_t run(Evt21State& s, const uint8_t* data, int64_t words, Cursor& out) noexcept {
  const uint32_t columns = s.width >= 32 ? static_cast<uint32_t>(s.width) - 31 : 0;
  const uint32_t height = static_cast<uint32_t>(s.height);
  const int64_t last_start = out.to.capacity - kMaskRoom;
  int64_t i = 0, last_t = s.last_t;
  for (; i < words && out.n <= last_start; ++i) {
    const uint64_t word = in_order<upper_first>(load<uint64_t>(data + 8 * i));
    const uint32_t type = static_cast<uint32_t>(word >> 60), mask = static_cast<uint32_t>(word);
    if (type > 1) {
      if (type != 8) break;
      set_high(s, static_cast<uint32_t>(word >> 32) & (kHighRange - 1));
      continue;
    }
    if (mask == 0) break;
    if ((mask & (mask - 1)) == 0 && words - i >= 8 &&
        single<upper_first>(load<uint64_t>(data + 8 * i + 8))) {
      // Noise, and what encoders write that merge nothing.
      const int64_t n = put_singles<upper_first>(s, data + 8 * i, last_t, out);
      if (n == 0) break;
      last_t = out.to.t[out.n - 1];
      i += n - 1;
      continue;
    }
    const uint32_t x = (word >> 43) & 0x7FF, y = (word >> 32) & 0x7FF;
    const int64_t t = s.base + static_cast<int64_t>((word >> 54) & 63);
    if (x >= columns || y >= height || t < last_t) break;
    last_t = t;
    put_mask(out, t, x, y, type, mask);
  }
  s.last_t = last_t;
  return i;
}

template <bool upper_first>
int64_t fast(Evt21State& s, const uint8_t* data, int64_t words, int64_t, Cursor& out) noexcept {
  if (!s.has_time) return 0;
  int64_t i = 0;
#if defined(__AVX512BW__)
  if (Stage::fits(out.to, out.n)) {
    Stage stage(out.to, out.n);
    while (out.to.capacity - out.n > Stage::kRoom) {
      Cursor part{
          {stage.t(), stage.x(), stage.y(), stage.p(), stage.room() + Stage::kBeyond}, 0, {}, 0};
      const int64_t taken = run<upper_first>(s, data + 8 * i, words - i, part);
      i += taken;
      out.n += part.n;
      stage.took(part.n);
      if (stage.room() > 0) break;
      stage.spill();
    }
    stage.finish();
  }
#endif
  return i + run<upper_first>(s, data + 8 * i, words - i, out);
}

DecodeProgress decode(Evt21State& s, const uint8_t* data, int64_t n, const DecodeOutput& out) {
  return s.upper_first ? decode_words<uint64_t>(s, data, n, out, fast<true>, step<true>)
                       : decode_words<uint64_t>(s, data, n, out, fast<false>, step<false>);
}

template <bool upper_first>
int64_t count(const uint8_t* data, int64_t words) noexcept {
  int64_t events = 0;
  for (int64_t i = 0; i < words; ++i) {
    const uint64_t word = in_order<upper_first>(load<uint64_t>(data + 8 * i));
    if (word >> 61 == 0) events += popcount(static_cast<uint32_t>(word));
  }
  return events;
}

int64_t bound(const uint8_t* data, int64_t n, bool upper_first) {
  return upper_first ? count<true>(data, n / 8) : count<false>(data, n / 8);
}

}  // namespace

const Evt21Kernels evt21_kernels{decode, bound};

}  // namespace nk::NK_ISA
