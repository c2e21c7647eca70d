#include "neuro_kernels/codecs/evt4.hpp"

#include "masks.hpp"

namespace nk::NK_ISA {
namespace {

uint32_t x_of(uint32_t word) noexcept { return (word >> 11) & 0x7FF; }
uint32_t y_of(uint32_t word) noexcept { return word & 0x7FF; }
bool is_vector(uint32_t word) noexcept { return word >> 29 == 0x6; }
bool is_event(uint32_t word) noexcept { return word >> 29 == 0x5; }

bool step(Evt4State& s, uint32_t word, int64_t offset, Cursor& out) noexcept {
  DecodeCounts& counts = s.counts;
  if (s.vector != 0) {
    const uint32_t v = s.vector;
    const int64_t t = s.base + ((v >> 22) & 63);
    if (word == 0) {
      ++counts.other_words;
    } else if (!any_mask(s, t, static_cast<int32_t>(x_of(v)), static_cast<int32_t>(y_of(v)),
                         (v >> 28) & 1, word, offset, 4, out)) {
      return false;
    }
    s.vector = 0;
    return true;
  }
  const int64_t t = s.base + ((word >> 22) & 63);
  switch (word >> 28) {
    case 0xA:
    case 0xB:
      return any_mask(s, t, static_cast<int32_t>(x_of(word)), static_cast<int32_t>(y_of(word)),
                      (word >> 28) & 1, 1, offset, 4, out);
    case 0xC:
    case 0xD: s.vector = word; return true;
    case 0xE: set_high(s, word & (kHighRange - 1)); return true;
    case 0x9:
      if (!s.has_time) {
        skip(counts, counts.before_time, 1, offset, 4);
        return true;
      }
      return out.put_trigger(t, (word >> 8) & 31, word & 1);
    case 0x6:
    case 0x7:
    case 0xF: ++counts.other_words; return true;
    default: skip(counts, counts.unknown_words, 1, offset, 4); return true;
  }
}

int64_t fast(Evt4State& s, const uint8_t* data, int64_t words, int64_t, Cursor& out) noexcept {
  if (!s.has_time || s.vector != 0) return 0;
  const uint32_t width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  const int64_t last_start = out.to.capacity - kMaskRoom;
  int64_t i = 0, last_t = s.last_t;
  while (i < words && out.n <= last_start) {
    const uint32_t word = load<uint32_t>(data + 4 * i);
    if (word >> 28 == 0xE) {
      set_high(s, word & (kHighRange - 1));
      ++i;
      continue;
    }
    const uint32_t x = x_of(word), y = y_of(word);
    const int64_t t = s.base + ((word >> 22) & 63);
    if (t < last_t || y >= height) break;
    if (is_event(word)) {
      if (x >= width) break;
      out.put(t, x, y, (word >> 28) & 1);
      ++i;
    } else if (is_vector(word)) {
      if (i + 2 > words || x + 31 >= width) break;
      const uint32_t mask = load<uint32_t>(data + 4 * (i + 1));
      if (mask == 0) break;
      put_mask(out, t, x, y, (word >> 28) & 1, mask);
      i += 2;
    } else {
      break;
    }
    last_t = t;
  }
  s.last_t = last_t;
  return i;
}

DecodeProgress decode(Evt4State& s, const uint8_t* data, int64_t n, const DecodeOutput& out) {
  return decode_words<uint32_t>(s, data, n, out, fast, step);
}

int64_t bound(const uint8_t* data, int64_t n) {
  // A mask that looks like an event or a vector is counted as one besides: never too little.
  int64_t events = 32;
  bool after_vector = false;
  for (int64_t i = 0; i + 4 <= n; i += 4) {
    const uint32_t word = load<uint32_t>(data + i);
    events += (after_vector ? popcount(word) : 0) + static_cast<int64_t>(is_event(word));
    after_vector = is_vector(word);
  }
  return events;
}

}  // namespace

const Evt4Kernels evt4_kernels{decode, bound};

}  // namespace nk::NK_ISA
