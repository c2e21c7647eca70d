#include "neuro_kernels/codecs/evt21.hpp"

#include "masks.hpp"

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

template <bool upper_first>
int64_t fast(Evt21State& s, const uint8_t* data, int64_t words, int64_t, Cursor& out) noexcept {
  if (!s.has_time) return 0;
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
    const uint32_t x = (word >> 43) & 0x7FF, y = (word >> 32) & 0x7FF;
    const int64_t t = s.base + static_cast<int64_t>((word >> 54) & 63);
    if (x >= columns || y >= height || t < last_t || mask == 0) break;
    last_t = t;
    put_mask(out, t, x, y, type, mask);
  }
  s.last_t = last_t;
  return i;
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
