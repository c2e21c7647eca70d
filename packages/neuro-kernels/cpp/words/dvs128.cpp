// DVS128: address u16 and time u16, both little-endian. Time bit 15: a wrap of 14 bits; bit 14: the
// clock was reset; otherwise an event (OFF where address bit 0 is set, columns and rows counted
// from the far corner) or, with address bit 15, an edge on the trigger input. Source: libcaer,
// dvs128.c (BSD-2-Clause).
#include "frame.hpp"

namespace nk {
namespace words {
namespace {

struct Dvs128 {
  uint32_t columns, rows;
  int64_t offset_us = 0, now = 0;
  DecodeCounts counts;

  explicit Dvs128(const WordSensor& sensor) noexcept
      : columns(static_cast<uint32_t>(sensor.columns)), rows(static_cast<uint32_t>(sensor.rows)) {}

  static WordRoom room(const uint8_t* data, int64_t n) noexcept {
    int64_t side = 0;
    for (int64_t i = 0; i < n; ++i)
      side += (load16(data + 4 * i) >> 15) & (load16(data + 4 * i + 2) < 0x4000);
    return {n, side};
  }

  void lost() noexcept {}  // each event tells its place and time; lost wraps cannot be known

  void step(uint32_t address, uint32_t stamp, int64_t offset, Out& out) noexcept {
    if (stamp & 0x8000) {
      offset_us += 0x4000;
      now = offset_us > now ? offset_us : now;
      ++counts.other_words;
      return;
    }
    if (stamp & 0x4000) {
      offset_us = now = 0;
      out.reset = true;
      ++counts.other_words;
      return;
    }
    const int64_t told = offset_us + stamp;
    now = told > now ? told : now;
    if (address & 0x8000) {
      out.put_side(now, static_cast<uint16_t>(address), true);
      return;
    }
    const uint32_t x = 127 - (address >> 1 & 0x7F), y = 127 - (address >> 8 & 0x7F);
    if (x >= columns || y >= rows) {
      count_problem(counts, counts.out_of_range, 1, offset, 4);
      return;
    }
    out.put(now, x, y, (address & 1) ^ 1);
    ++out.n;
  }

  void run(const uint8_t* data, int64_t n, int64_t offset, Out& out) noexcept {
    for (int64_t i = 0; i < n; ++i)
      step(load16(data + 4 * i), load16(data + 4 * i + 2), offset + 4 * i, out);
  }
};

}  // namespace
}  // namespace words

std::unique_ptr<WordDecoder> make_dvs128_decoder(const WordSensor& sensor) {
  return std::make_unique<words::Framed<words::Dvs128, 4>>(sensor);
}

}  // namespace nk
