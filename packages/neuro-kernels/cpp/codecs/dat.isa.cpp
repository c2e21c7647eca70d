#include "neuro_kernels/codecs/dat.hpp"

#include "neuro_kernels/codecs/words.hpp"
#include "staged.hpp"

namespace nk::NK_ISA {
namespace {

constexpr int64_t kRun = 1024;  // records looked at together: fits the level-1 cache

struct Layout2 {
  static constexpr uint32_t x(uint32_t w) { return w & 0x3FFF; }
  static constexpr uint32_t y(uint32_t w) { return (w >> 14) & 0x3FFF; }
  static constexpr uint32_t p(uint32_t w) { return w >> 28; }
};

struct Layout1 {
  static constexpr uint32_t x(uint32_t w) { return w & 0x1FF; }
  static constexpr uint32_t y(uint32_t w) { return (w >> 9) & 0xFF; }
  static constexpr uint32_t p(uint32_t w) { return (w >> 17) & 1; }
};

constexpr uint32_t kHalf = 0x80000000u;

// The state is changed by the caller, once the record is taken.
int64_t next_loop(const DatState& s, uint32_t low) noexcept {
  if (low < s.low && s.low - low > kHalf) return s.loop + 1;
  if (low > s.low && low - s.low > kHalf && s.loop > 0) return s.loop - 1;
  return s.loop;
}

template <class Layout>
bool step(DatState& s, uint64_t record, int64_t offset, Cursor& out) noexcept {
  const uint32_t low = static_cast<uint32_t>(record), word = static_cast<uint32_t>(record >> 32);
  const uint32_t x = Layout::x(word), y = Layout::y(word), p = Layout::p(word);
  DecodeCounts& counts = s.counts;
  if (p > 1) {
    skip(counts, counts.unknown_words, 1, offset, 8);
    return true;
  }
  if (x >= static_cast<uint32_t>(s.width) || y >= static_cast<uint32_t>(s.height)) {
    skip(counts, counts.out_of_range, 1, offset, 8);
    return true;
  }
  if (out.full()) return false;
  s.loop = next_loop(s, low);
  s.low = low;
  const int64_t t = (s.loop << 32) | low;
  if (t < s.last_t) {
    ++counts.time_errors;
    mark(counts, offset);
  }
  s.last_t = t;
  out.put(t, x, y, p);
  return true;
}

bool step_trigger(DatState& s, uint64_t record, int64_t offset, Cursor& out) noexcept {
  const uint32_t low = static_cast<uint32_t>(record), word = static_cast<uint32_t>(record >> 32);
  const int64_t loop = next_loop(s, low);
  const int64_t t = (loop << 32) | low;
  if (!out.put_trigger(t, (word >> 8) & 31, word & 1)) return false;
  s.loop = loop;
  s.low = low;
  if (t < s.last_t) {
    ++s.counts.time_errors;
    mark(s.counts, offset);
  }
  s.last_t = t;
  return true;
}

// Number of leading records that are events inside the sensor and not earlier than the one before.
// Records are handled as one 64-bit number each: compilers turn that into whole vectors.
template <class Layout>
int64_t event_run(const uint8_t* data, int64_t n, uint32_t before, uint32_t width,
                  uint32_t height) noexcept {
  constexpr int64_t block = 32;
  const auto bad_place = [width, height](uint64_t record) {
    const uint32_t word = static_cast<uint32_t>(record >> 32);
    return static_cast<uint32_t>(Layout::x(word) >= width) |
           static_cast<uint32_t>(Layout::y(word) >= height) |
           static_cast<uint32_t>(Layout::p(word) > 1);
  };
  if (n > 0 && load<uint32_t>(data) < before) return 0;
  int64_t i = 0;
  for (; i + 1 + block <= n; i += block) {
    uint32_t bad = 0;
    for (int64_t k = 0; k < block; ++k) {
      const uint64_t here = load<uint64_t>(data + 8 * (i + k));
      const uint64_t next = load<uint64_t>(data + 8 * (i + k + 1));
      bad |= bad_place(here) |
             static_cast<uint32_t>(static_cast<uint32_t>(next) < static_cast<uint32_t>(here));
    }
    if (bad != 0) break;
  }
  for (; i < n; ++i) {
    const uint64_t here = load<uint64_t>(data + 8 * i);
    if ((i > 0 && static_cast<uint32_t>(here) < load<uint32_t>(data + 8 * i - 8)) ||
        bad_place(here) != 0)
      break;
  }
  return i;
}

template <class Layout>
void convert(const uint8_t* __restrict data, int64_t n, int64_t base, int64_t* __restrict t,
             uint16_t* __restrict x, uint16_t* __restrict y, uint8_t* __restrict p) noexcept {
  for (int64_t i = 0; i < n; ++i)
    t[i] = base | static_cast<int64_t>(load<uint64_t>(data + 8 * i) & 0xFFFFFFFFu);
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t word = static_cast<uint32_t>(load<uint64_t>(data + 8 * i) >> 32);
    x[i] = static_cast<uint16_t>(Layout::x(word));
    y[i] = static_cast<uint16_t>(Layout::y(word));
  }
  for (int64_t i = 0; i < n; ++i)
    p[i] =
        static_cast<uint8_t>(Layout::p(static_cast<uint32_t>(load<uint64_t>(data + 8 * i) >> 32)));
}

#if defined(__AVX512BW__)
#include "dat_avx512.hpp"
#endif

template <class Layout>
int64_t fast(DatState& s, const uint8_t* data, int64_t words, int64_t, Cursor& out) noexcept {
  int64_t i = 0;
#if defined(__AVX512BW__)
  if (s.kind == DatKind::version2 && Stage::fits(out.to, out.n))
    i = stream_run(s, data, words, out);
#endif
  while (i < words) {
    const uint8_t* here = data + 8 * i;
    int64_t n = words - i;
    if (n > out.to.capacity - out.n) n = out.to.capacity - out.n;
    if (n > kRun) n = kRun;
    // A rise of more than half the range may be a step back over a wrap: the careful path decides.
    if (s.loop > 0 && load<uint32_t>(here) > s.low && load<uint32_t>(here) - s.low > kHalf) break;
    n = event_run<Layout>(here, n, s.low, static_cast<uint32_t>(s.width),
                          static_cast<uint32_t>(s.height));
    if (n == 0) break;
    if (s.loop > 0 && load<uint32_t>(here + 8 * (n - 1)) - load<uint32_t>(here) > kHalf) n = 1;
    convert<Layout>(here, n, s.loop << 32, out.to.t + out.n, out.to.x + out.n, out.to.y + out.n,
                    out.to.p + out.n);
    out.n += n;
    s.low = load<uint32_t>(here + 8 * (n - 1));
    s.last_t = (s.loop << 32) | s.low;
    i += n;
  }
  return i;
}

int64_t fast_none(DatState&, const uint8_t*, int64_t, int64_t, Cursor&) noexcept { return 0; }

DecodeProgress decode(DatState& s, const uint8_t* data, int64_t n, const DecodeOutput& out) {
  switch (s.kind) {
    case DatKind::version1:
      return decode_words<uint64_t>(s, data, n, out, fast<Layout1>, step<Layout1>);
    case DatKind::trigger: return decode_words<uint64_t>(s, data, n, out, fast_none, step_trigger);
    default: return decode_words<uint64_t>(s, data, n, out, fast<Layout2>, step<Layout2>);
  }
}

}  // namespace

const DatKernels dat_kernels{decode};

}  // namespace nk::NK_ISA
