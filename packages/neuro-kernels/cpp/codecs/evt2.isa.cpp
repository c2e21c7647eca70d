#include "neuro_kernels/codecs/evt2.hpp"

#include "neuro_kernels/codecs/words.hpp"
#include "staged.hpp"

namespace nk::NK_ISA {
namespace {

constexpr uint32_t kHighRange = 1u << 28;
constexpr int64_t kRun = 2048;  // words looked at together: fits the level-1 cache with its output

void set_high(Evt2State& s, uint32_t high) noexcept {
  if (s.has_time && high < s.high && s.high - high > kHighRange / 2) {
    ++s.loop;
  } else if (s.has_time && high > s.high && high - s.high > kHighRange / 2 && s.loop > 0) {
    --s.loop;
  }
  s.has_time = true;
  s.high = high;
  s.base = (s.loop << 34) | (static_cast<int64_t>(high) << 6);
}

bool step(Evt2State& s, uint32_t word, int64_t offset, Cursor& out) noexcept {
  DecodeCounts& counts = s.counts;
  const int64_t t = s.base + ((word >> 22) & 63);
  switch (word >> 28) {
    case 0x0:
    case 0x1: {
      const int32_t x = (word >> 11) & 0x7FF, y = word & 0x7FF;
      if (!s.has_time) {
        skip(counts, counts.before_time, 1, offset, 4);
        return true;
      }
      if (x >= s.width || y >= s.height) {
        skip(counts, counts.out_of_range, 1, offset, 4);
        return true;
      }
      if (out.full()) return false;
      if (t < s.last_t) {
        ++counts.time_errors;
        mark(counts, offset);
      }
      s.last_t = t;
      out.put(t, x, y, word >> 28);
      return true;
    }
    case 0x8: set_high(s, word & (kHighRange - 1)); return true;
    case 0xA:
      if (!s.has_time) {
        skip(counts, counts.before_time, 1, offset, 4);
        return true;
      }
      return out.put_trigger(t, (word >> 8) & 31, word & 1);
    case 0xD:
    case 0xE:
    case 0xF: ++counts.other_words; return true;
    default: skip(counts, counts.unknown_words, 1, offset, 4); return true;
  }
}

// Number of leading words that are CD events inside the sensor.
int64_t event_run(const uint8_t* data, int64_t n, uint32_t width, uint32_t height) noexcept {
  constexpr int64_t block = 32;
  int64_t i = 0;
  for (; i + block <= n; i += block) {
    uint32_t bad = 0;
    for (int64_t k = 0; k < block; ++k) {
      const uint32_t w = load<uint32_t>(data + 4 * (i + k));
      bad |= static_cast<uint32_t>(w > 0x1FFFFFFFu) |
             static_cast<uint32_t>(((w >> 11) & 0x7FF) >= width) |
             static_cast<uint32_t>((w & 0x7FF) >= height);
    }
    if (bad != 0) break;
  }
  for (; i < n; ++i) {
    const uint32_t w = load<uint32_t>(data + 4 * i);
    if (w > 0x1FFFFFFFu || ((w >> 11) & 0x7FF) >= width || (w & 0x7FF) >= height) break;
  }
  return i;
}

int64_t backward_steps(const uint8_t* data, int64_t n) noexcept {
  uint32_t steps = 0;
  for (int64_t i = 1; i < n; ++i) {
    const uint32_t before = (load<uint32_t>(data + 4 * (i - 1)) >> 22) & 63;
    const uint32_t here = (load<uint32_t>(data + 4 * i) >> 22) & 63;
    steps += static_cast<uint32_t>(here < before);
  }
  return steps;
}

void convert(const uint8_t* __restrict data, int64_t n, int64_t base, int64_t* __restrict t,
             uint16_t* __restrict x, uint16_t* __restrict y, uint8_t* __restrict p) noexcept {
  for (int64_t i = 0; i < n; ++i)
    t[i] = base + static_cast<int64_t>((load<uint32_t>(data + 4 * i) >> 22) & 63);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t w = load<uint32_t>(data + 4 * i);
    x[i] = static_cast<uint16_t>((w >> 11) & 0x7FF);
    y[i] = static_cast<uint16_t>(w & 0x7FF);
  }
  for (int64_t i = 0; i < n; ++i) p[i] = static_cast<uint8_t>(load<uint32_t>(data + 4 * i) >> 28);
}

#if defined(__AVX512BW__)
#include "evt2_avx512.hpp"
#endif

int64_t fast(Evt2State& s, const uint8_t* data, int64_t words, int64_t offset,
             Cursor& out) noexcept {
  if (!s.has_time) return 0;
  int64_t i = 0;
#if defined(__AVX512BW__)
  if (Stage::fits(out.to, out.n)) i = stream_run(s, data, words, offset, out);
#endif
  while (i < words) {
    const uint8_t* here = data + 4 * i;
    const uint32_t word = load<uint32_t>(here);
    if (word >> 28 == 0x8) {
      set_high(s, word & (kHighRange - 1));
      ++i;
      continue;
    }
    int64_t n = words - i;
    if (n > out.to.capacity - out.n) n = out.to.capacity - out.n;
    if (n > kRun) n = kRun;
    n = event_run(here, n, static_cast<uint32_t>(s.width), static_cast<uint32_t>(s.height));
    if (n == 0) break;
    convert(here, n, s.base, out.to.t + out.n, out.to.x + out.n, out.to.y + out.n,
            out.to.p + out.n);
    const auto time_of = [&](int64_t k) {
      return s.base + static_cast<int64_t>((load<uint32_t>(here + 4 * k) >> 22) & 63);
    };
    int64_t back = backward_steps(here, n);
    back += time_of(0) < s.last_t;
    if (back != 0) {
      s.counts.time_errors += back;
      int64_t k = 0;
      int64_t before = s.last_t;
      while (time_of(k) >= before) before = time_of(k++);
      mark(s.counts, offset + 4 * (i + k));
    }
    out.n += n;
    s.last_t = time_of(n - 1);
    i += n;
  }
  return i;
}

DecodeProgress decode(Evt2State& s, const uint8_t* data, int64_t n, const DecodeOutput& out) {
  return decode_words<uint32_t>(s, data, n, out, fast, step);
}

}  // namespace

const Evt2Kernels evt2_kernels{decode};

}  // namespace nk::NK_ISA
