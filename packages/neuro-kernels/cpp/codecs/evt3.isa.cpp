#include "neuro_kernels/codecs/evt3.hpp"

#include "neuro_kernels/codecs/words.hpp"

#if defined(__AVX512BW__) && defined(__AVX512CD__)
#include "avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

constexpr uint32_t kHighRange = 1u << 12;
constexpr uint32_t kLoose = 0xFF;  // how far a time high may step back over a wrap

void set_high(Evt3State& s, uint32_t high) noexcept {
  if (s.has_time && high == s.high) return;  // repeated by the camera: the low part stays
  if (s.has_time && s.high >= high + kHighRange / 2) {
    ++s.loop;
  } else if (s.has_time && s.loop > 0 && high >= s.high + kHighRange - 1 - kLoose) {
    --s.loop;
  }
  s.has_time = true;
  s.high = high;
  s.t = (s.loop << 24) | (static_cast<int64_t>(high) << 12);
  s.went_back = s.t < s.last_t;
}

void set_low(Evt3State& s, uint32_t low) noexcept {
  s.t = (s.t & ~int64_t{0xFFF}) | low;
  s.went_back = s.t < s.last_t;
}

void set_row(Evt3State& s, uint32_t y) noexcept {
  s.y = y;
  s.row_other = false;
  s.has_row = y < static_cast<uint32_t>(s.height);
  s.row_outside = !s.has_row;
}

// The events of one word: bit i of `mask` is an event at column x + i.
bool emit(Evt3State& s, uint32_t x, uint32_t mask, uint32_t p, int64_t offset,
          Cursor& out) noexcept {
  if (mask == 0) return true;
  DecodeCounts& counts = s.counts;
  const int64_t n = popcount(mask);
  if (s.row_other) {
    ++counts.other_words;
    return true;
  }
  if (!s.has_time || (!s.has_row && !s.row_outside) || x >= Evt3State::kNoBase) {
    skip(counts, counts.before_time, n, offset, 2);
    return true;
  }
  if (s.row_outside) {
    skip(counts, counts.out_of_range, n, offset, 2);
    return true;
  }
  uint32_t inside = mask;
  const int64_t columns = s.width - static_cast<int64_t>(x);
  if (columns <= 0) {
    inside = 0;
  } else if (columns < 12) {
    inside &= (1u << columns) - 1;
  }
  const int64_t kept = popcount(inside);
  if (out.to.capacity - out.n < kept) return false;
  if (kept < n) skip(counts, counts.out_of_range, n - kept, offset, 2);
  if (kept == 0) return true;
  if (s.went_back) {
    ++counts.time_errors;
    mark(counts, offset);
    s.went_back = false;
  }
  s.last_t = s.t;
  for (; inside != 0; inside &= inside - 1) out.put(s.t, x + lowest_bit(inside), s.y, p);
  return true;
}

bool step(Evt3State& s, uint16_t w, int64_t offset, Cursor& out) noexcept {
  const uint32_t word = w;
  switch (word >> 12) {
    case 0x0: set_row(s, word & 0x7FF); return true;
    case 0x1:
      s.row_other = true;
      s.has_row = false;
      ++s.counts.other_words;
      return true;
    case 0x2: return emit(s, word & 0x7FF, 1, (word >> 11) & 1, offset, out);
    case 0x3:
      s.base = word & 0x7FF;
      s.p = (word >> 11) & 1;
      return true;
    case 0x4:
    case 0x5: {
      const uint32_t columns = word >> 12 == 4 ? 12 : 8;
      if (!emit(s, s.base, word & ((1u << columns) - 1), s.p, offset, out)) return false;
      // Far beyond any sensor it stays where it is, so that it never comes round.
      if (s.base < 0x8000) s.base += columns;
      return true;
    }
    case 0x6:
      if (s.has_time) set_low(s, word & 0xFFF);
      return true;
    case 0x8: set_high(s, word & 0xFFF); return true;
    case 0xA:
      if (!s.has_time) {
        skip(s.counts, s.counts.before_time, 1, offset, 2);
        return true;
      }
      return out.put_trigger(s.t, (word >> 8) & 15, word & 1);
    case 0x7:
    case 0xE:
    case 0xF: ++s.counts.other_words; return true;
    default: skip(s.counts, s.counts.unknown_words, 1, offset, 2); return true;
  }
}

// Columns of the set bits of a byte, lowest first.
struct BitTable {
  uint8_t at[256][8];
  constexpr BitTable() : at{} {
    for (int mask = 0; mask < 256; ++mask) {
      int n = 0;
      for (int bit = 0; bit < 8; ++bit)
        if ((mask >> bit) & 1) at[mask][n++] = static_cast<uint8_t>(bit);
    }
  }
};
constexpr BitTable kBits;

struct CountTable {
  uint8_t at[256];
  constexpr CountTable() : at{} {
    for (int mask = 0; mask < 256; ++mask)
      for (int bit = 0; bit < 8; ++bit) at[mask] += static_cast<uint8_t>((mask >> bit) & 1);
  }
};
constexpr CountTable kCounts;

// Writes 8 lanes, of which those of the mask's bits count; returns their number.
inline int64_t expand(const MutableColumns& to, int64_t n, int64_t t, uint32_t x, uint32_t y,
                      uint32_t p, uint32_t mask) noexcept {
  const uint8_t* const bits = kBits.at[mask];
  for (int k = 0; k < 8; ++k) to.x[n + k] = static_cast<uint16_t>(x + bits[k]);
  for (int k = 0; k < 8; ++k) to.y[n + k] = static_cast<uint16_t>(y);
  for (int k = 0; k < 8; ++k) to.p[n + k] = static_cast<uint8_t>(p);
  for (int k = 0; k < 8; ++k) to.t[n + k] = t;
  return kCounts.at[mask];
}

#if defined(__AVX512BW__) && defined(__AVX512CD__)
#include "evt3_avx512.hpp"

// Takes the state into a run of blocks and back.
int64_t fast_blocks(Evt3State& s, const uint8_t* data, int64_t words, Cursor& out) noexcept {
  Evt3Run run{
      s.t & ~int64_t{0xFFF}, static_cast<uint32_t>(s.t & 0xFFF), s.y, s.base, s.p, s.last_t};
  const int64_t done = decode_blocks(run, data, words, static_cast<uint32_t>(s.width),
                                     static_cast<uint32_t>(s.height), out.to, out.n);
  s.t = run.t_high | run.low;
  s.y = run.y;
  s.base = run.base;
  s.p = run.p;
  s.last_t = run.last_t;
  return done;
}
#else
int64_t fast_blocks(Evt3State&, const uint8_t*, int64_t, Cursor&) noexcept { return 0; }
#endif

// Words that need no care, one by one: sound time, row and columns inside the sensor.
int64_t fast_words(Evt3State& s, const uint8_t* data, int64_t words, Cursor& out) noexcept {
  const MutableColumns to = out.to;
  const uint32_t width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  int64_t n = out.n, t = s.t, last_t = s.last_t;
  uint32_t y = s.y, base = s.base, p = s.p;
  int64_t i = 0;
  const int64_t room = to.capacity - 32;
  for (; i < words && n <= room; ++i) {
    const uint32_t word = load<uint16_t>(data + 2 * i);
    const uint32_t type = word >> 12;
    if (type == 2) {
      const uint32_t x = word & 0x7FF;
      if (x >= width) break;
      to.t[n] = t;
      to.x[n] = static_cast<uint16_t>(x);
      to.y[n] = static_cast<uint16_t>(y);
      to.p[n] = static_cast<uint8_t>((word >> 11) & 1);
      ++n;
      last_t = t;
    } else if (type == 0) {
      if ((word & 0x7FF) >= height) break;
      y = word & 0x7FF;
    } else if (type == 3) {
      base = word & 0x7FF;
      p = (word >> 11) & 1;
    } else if (type == 4) {
      if (base + 12 > width) break;
      n += expand(to, n, t, base, y, p, word & 0xFF);
      n += expand(to, n, t, base + 8, y, p, (word >> 8) & 15);
      base += 12;
      if ((word & 0xFFF) != 0) last_t = t;
    } else if (type == 5) {
      if (base + 8 > width) break;
      n += expand(to, n, t, base, y, p, word & 0xFF);
      base += 8;
      if ((word & 0xFF) != 0) last_t = t;
    } else if (type == 6) {
      const int64_t now = (t & ~int64_t{0xFFF}) | (word & 0xFFF);
      if (now < last_t) break;
      t = now;
    } else {
      break;
    }
  }
  s.y = y;
  s.base = base;
  s.p = p;
  s.t = t;
  s.last_t = last_t;
  out.n = n;
  return i;
}

int64_t fast(Evt3State& s, const uint8_t* data, int64_t words, int64_t, Cursor& out) noexcept {
  int64_t i = 0;
  while (i < words && s.has_time && s.has_row && !s.went_back) {
    i += fast_blocks(s, data + 2 * i, words - i, out);
    // Cameras repeat the time high all the time: not worth leaving for.
    const int64_t before = i;
    i += fast_words(s, data + 2 * i, words - i < 32 ? words - i : 32, out);
    while (i < words && load<uint16_t>(data + 2 * i) >> 12 == 8)
      set_high(s, load<uint16_t>(data + 2 * i++) & 0xFFFu);
    if (i == before) break;
  }
  return i;
}

DecodeProgress decode(Evt3State& s, const uint8_t* data, int64_t n, const DecodeOutput& out) {
  return decode_words<uint16_t>(s, data, n, out, fast, step);
}

// Number of events that a word says.
inline uint32_t events_of(uint32_t word) noexcept {
  const uint32_t type = word >> 12;
  uint32_t mask = type == 4 ? 0xFFF : 0;
  mask = type == 5 ? 0xFF : mask;
  uint32_t bits = word & mask;
  bits = type == 2 ? 1 : bits;
  bits -= (bits >> 1) & 0x5555;
  bits = (bits & 0x3333) + ((bits >> 2) & 0x3333);
  bits = (bits + (bits >> 4)) & 0x0F0F;
  return (bits + (bits >> 8)) & 0x1F;
}

int64_t bound(const uint8_t* data, int64_t n) {
  constexpr int64_t lanes = 64;
  constexpr int64_t most = 4096 * lanes;  // words whose sums fit 16 bits, at most 12 each
  const int64_t words = n / 2;
  int64_t events = 12;  // the word that the end of this call cuts
  int64_t i = 0;
  while (i + lanes <= words) {
    uint16_t sums[lanes] = {};
    const int64_t stop = words - i < most ? words - lanes : i + most - lanes;
    for (; i <= stop; i += lanes)
      for (int64_t k = 0; k < lanes; ++k) {
        const uint16_t word = load<uint16_t>(data + 2 * (i + k));
        sums[k] = static_cast<uint16_t>(sums[k] + events_of(word));
      }
    for (int64_t k = 0; k < lanes; ++k) events += sums[k];
  }
  for (; i < words; ++i) events += events_of(load<uint16_t>(data + 2 * i));
  return events;
}

}  // namespace

const Evt3Kernels evt3_kernels{decode, bound};

}  // namespace nk::NK_ISA
