#include "neuro_kernels/codecs/event_records.hpp"

#if defined(__AVX512BW__)
#include "avx512.hpp"
#endif
#include "neuro_kernels/codecs/words.hpp"
#include "staged.hpp"

namespace nk::NK_ISA {
namespace {

constexpr int64_t kRecord = 16;
constexpr int64_t kBlock = 512;  // records looked at twice while they are in the level-1 cache

void copy(const uint8_t* __restrict data, int64_t n, const MutableColumns& to,
          int64_t at) noexcept {
  int64_t* __restrict t = to.t + at;
  uint16_t* __restrict x = to.x + at;
  uint16_t* __restrict y = to.y + at;
  uint8_t* __restrict p = to.p + at;
  for (int64_t i = 0; i < n; ++i) t[i] = load<int64_t>(data + kRecord * i);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t place = load<uint32_t>(data + kRecord * i + 8);
    x[i] = static_cast<uint16_t>(place);
    y[i] = static_cast<uint16_t>(place >> 16);
  }
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<uint8_t>(data[kRecord * i + 12] != 0);
}

#if defined(__AVX512BW__)

// Copies up to `n` records, 8 at a time, and looks at them on the way; returns how many were copied
// in one sound run, whatever was written behind them.
int64_t copy_sound(const uint8_t* data, int64_t n, int64_t before, uint32_t width, uint32_t height,
                   const MutableColumns& to, int64_t at) noexcept {
  const __m512i times = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
  const __m512i rests = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
  const __m512i polarity = _mm512_set1_epi64(int64_t{0xFF} << 32);
  __m128i largest_x = _mm_setzero_si128(), largest_y = largest_x;
  __m512i last = _mm512_set1_epi64(before);
  uint32_t back = 0;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m512i a = _mm512_loadu_si512(data + kRecord * i);
    const __m512i b = _mm512_loadu_si512(data + kRecord * i + 64);
    const __m512i t = _mm512_permutex2var_epi64(a, times, b);
    const __m512i rest = _mm512_permutex2var_epi64(a, rests, b);
    back |= _mm512_cmplt_epi64_mask(t, _mm512_alignr_epi64(t, last, 7));
    last = t;
    const __m128i x = _mm512_cvtepi64_epi16(rest);
    const __m128i y = _mm512_cvtepi64_epi16(_mm512_srli_epi64(rest, 16));
    largest_x = _mm_max_epu16(largest_x, x);
    largest_y = _mm_max_epu16(largest_y, y);
    const __mmask16 on = _mm512_test_epi64_mask(rest, polarity);
    _mm512_storeu_si512(to.t + at + i, t);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to.x + at + i), x);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to.y + at + i), y);
    _mm_storeu_si64(to.p + at + i, _mm_maskz_set1_epi8(on, 1));
  }
  uint16_t xs[8], ys[8];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(xs), largest_x);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(ys), largest_y);
  bool inside = true;
  for (int k = 0; k < 8; ++k) inside &= xs[k] < width && ys[k] < height;
  return inside && back == 0 ? i : 0;
}

#else

// Whether all records lie inside the sensor and rise in time from `before` on.
bool sound(const uint8_t* data, int64_t n, int64_t before, uint32_t width,
           uint32_t height) noexcept {
  uint32_t bad = static_cast<uint32_t>(load<int64_t>(data) < before);
  for (int64_t i = 0; i < n; ++i) {
    const uint8_t* r = data + kRecord * i;
    bad |= static_cast<uint32_t>(load<uint16_t>(r + 8) >= width) |
           static_cast<uint32_t>(load<uint16_t>(r + 10) >= height);
  }
  for (int64_t i = 1; i < n; ++i) {
    const uint8_t* r = data + kRecord * i;
    bad |= static_cast<uint32_t>(load<int64_t>(r) < load<int64_t>(r - kRecord));
  }
  return bad == 0;
}

int64_t copy_sound(const uint8_t* data, int64_t n, int64_t before, uint32_t width, uint32_t height,
                   const MutableColumns& to, int64_t at) noexcept {
  if (!sound(data, n, before, width, height)) return 0;
  copy(data, n, to, at);
  return n;
}

#endif

int64_t decode(EventRecordState& s, const uint8_t* data, int64_t n, const MutableColumns& to) {
  DecodeCounts& counts = s.counts;
  const uint32_t width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  int64_t written = 0, i = 0;
#if defined(__AVX512BW__)
  if (Stage::fits(to, 0)) {
    Stage stage(to, 0);
    while (n - i >= 8) {
      const int64_t part = n - i < kBlock ? n - i : kBlock;
      const uint8_t* here = data + kRecord * i;
      if (stage.room() < part) stage.spill();
      const MutableColumns rows{stage.t(), stage.x(), stage.y(), stage.p(), part};
      const int64_t run = copy_sound(here, part, s.last_t, width, height, rows, 0);
      if (run == 0) break;
      stage.took(run);
      i += run;
      s.last_t = load<int64_t>(here + kRecord * (run - 1));
    }
    stage.finish();
    written = i;
  }
#endif
  while (i < n) {
    const int64_t part = n - i < kBlock ? n - i : kBlock;
    const uint8_t* here = data + kRecord * i;
    const int64_t run = copy_sound(here, part, s.last_t, width, height, to, written);
    if (run > 0) {
      written += run;
      s.last_t = load<int64_t>(here + kRecord * (run - 1));
      i += run;
      continue;
    }
    for (const int64_t end = i + part; i < end; ++i) {
      const uint8_t* r = data + kRecord * i;
      const int64_t offset = counts.bytes_read + kRecord * i;
      if (load<uint16_t>(r + 8) >= width || load<uint16_t>(r + 10) >= height) {
        skip(counts, counts.out_of_range, 1, offset, kRecord);
        continue;
      }
      if (load<int64_t>(r) < s.last_t) {
        ++counts.time_errors;
        mark(counts, offset);
      }
      copy(r, 1, to, written);
      s.last_t = to.t[written++];
    }
  }
  counts.bytes_read += kRecord * n;
  counts.events += written;
  return written;
}

void encode(const Columns& events, uint8_t* out) {
  int64_t i = 0;
#if defined(__AVX512BW__)
  const __m512i first = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
  const __m512i second = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
  for (; i + 8 <= events.n; i += 8) {
    const __m512i t = _mm512_loadu_si512(events.t + i);
    const auto widen = [i](const uint16_t* column) {
      return _mm512_cvtepu16_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(column + i)));
    };
    const __m512i p = _mm512_cvtepu8_epi64(_mm_loadu_si64(events.p + i));
    const __m512i rest =
        _mm512_or_si512(_mm512_or_si512(widen(events.x), _mm512_slli_epi64(widen(events.y), 16)),
                        _mm512_slli_epi64(p, 32));
    _mm512_storeu_si512(out + kRecord * i, _mm512_permutex2var_epi64(t, first, rest));
    _mm512_storeu_si512(out + kRecord * i + 64, _mm512_permutex2var_epi64(t, second, rest));
  }
#endif
  for (; i < events.n; ++i) {
    uint8_t* r = out + kRecord * i;
    const uint64_t rest = static_cast<uint64_t>(events.x[i]) |
                          static_cast<uint64_t>(events.y[i]) << 16 |
                          static_cast<uint64_t>(events.p[i]) << 32;
    std::memcpy(r, events.t + i, 8);
    std::memcpy(r + 8, &rest, 8);
  }
}

EventExtent extent(const Columns& e) {
  if (e.n == 0) return {};
  int64_t first = e.t[0], last = e.t[0];
  uint16_t x = 0, y = 0;
  for (int64_t i = 0; i < e.n; ++i) {
    first = e.t[i] < first ? e.t[i] : first;
    last = e.t[i] > last ? e.t[i] : last;
  }
  for (int64_t i = 0; i < e.n; ++i) {
    x = e.x[i] > x ? e.x[i] : x;
    y = e.y[i] > y ? e.y[i] : y;
  }
  return {first, last, x, y};
}

}  // namespace

const EventRecordKernels event_record_kernels{decode, encode, extent};

}  // namespace nk::NK_ISA
