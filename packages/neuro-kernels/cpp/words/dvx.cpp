// DVXplorer: code 1 tells the column; 4 two groups of eight rows, the second by its distance from
// the first (bits 6 to 10, backwards with bit 11); 3 and 2 are events of the first and of the
// second group, one bit per row, OFF where bit 8 is set. Source: libcaer, dvxplorer.c
// (BSD-2-Clause).
#include <array>
#include <bit>

#include "frame.hpp"

namespace nk {
namespace words {
namespace {

// Places of the set bits of a byte, lowest first; what follows them is not used.
constexpr auto kPlaces = [] {
  std::array<std::array<uint8_t, 8>, 256> places{};
  for (uint32_t mask = 0; mask < 256; ++mask) {
    uint32_t n = 0;
    for (uint8_t bit = 0; bit < 8; ++bit)
      if (mask >> bit & 1) places[mask][n++] = bit;
  }
  return places;
}();

struct Dvx {
  int32_t columns, rows;
  WordTime time;
  int32_t column = -1;
  bool has_groups = false;
  int32_t group[2] = {0, 0};  // first row of the second and of the first group: by code - 2
  DecodeCounts counts;

  explicit Dvx(const WordSensor& sensor) noexcept : columns(sensor.columns), rows(sensor.rows) {}

  static WordRoom room(const uint8_t* data, int64_t n) noexcept {
    int64_t events = 0, side = 0;
    for (int64_t i = 0; i < n; ++i) {
      const uint32_t word = load16(data + 2 * i), code = word >> 12;
      uint32_t bits = word & 0xFF;
      bits = bits - (bits >> 1 & 0x55);
      bits = (bits & 0x33) + (bits >> 2 & 0x33);
      bits = (bits & 0xF) + (bits >> 4);
      events += (code & 0xE) == 2 ? bits : 0;
      side += code == 0 || code == 5;
    }
    return {events, side};
  }

  void lost() noexcept {
    time.known = false;
    column = -1;
    has_groups = false;
  }

  void set_groups(uint32_t data) noexcept {
    const auto first = static_cast<int32_t>(data & 0x3F);
    const auto distance = static_cast<int32_t>(data >> 6 & 0x1F);
    group[1] = 8 * first;
    group[0] = 8 * (data & 0x800 ? first - distance : first + distance);
    has_groups = true;
  }

  void mask(uint32_t word, int64_t offset, Out& out) noexcept {
    const uint32_t mask = word & 0xFF;
    const int32_t n = std::popcount(mask);
    if (!time.known || column < 0 || !has_groups) {
      if (n > 0) count_problem(counts, counts.before_time, n, offset, 2);
      return;
    }
    const int32_t first = group[(word >> 12) - 2];
    const uint32_t on = (word >> 8 & 1) ^ 1;
    int64_t outside = 0;
    for (int32_t bit = 0; bit < 8; ++bit) {
      if ((mask >> bit & 1) == 0) continue;
      const int32_t row = first + bit;
      if (row < 0 || row >= rows || column >= columns) {
        ++outside;
      } else {
        out.put(time.now, static_cast<uint32_t>(column), static_cast<uint32_t>(row), on);
        ++out.n;
      }
    }
    if (outside > 0) count_problem(counts, counts.out_of_range, outside, offset, 2);
  }

  // Times, columns, groups and masks inside the sensor.
  int64_t fast(const uint8_t* data, int64_t n, Out& out) noexcept {
    const int64_t offset = time.offset;
    const int32_t last_first = rows - 8;
    // Local copies: a byte written to `p` might otherwise change any member.
    int64_t* const t = out.t;
    uint16_t* const x = out.x;
    uint16_t* const y = out.y;
    uint8_t* const p = out.p;
    int64_t now = time.now, k = out.n;
    int32_t here = column, first[2] = {group[0], group[1]};
    int64_t i = 0;
    for (; i < n; ++i) {
      const uint32_t word = load16(data + 2 * i), code = word >> 12;
      if (word & 0x8000) {
        const int64_t told = offset + (word & 0x7FFF);
        now = told > now ? told : now;
      } else if ((code & 0xE) == 2) {
        const int32_t row = first[code & 1];
        if (row < 0 || row > last_first || here >= columns) break;
        const uint32_t mask = word & 0xFF;
        const uint8_t* const places = kPlaces[mask].data();
        const auto on = static_cast<uint8_t>((word >> 8 & 1) ^ 1);
        for (int j = 0; j < 8; ++j) t[k + j] = now;
        for (int j = 0; j < 8; ++j) x[k + j] = static_cast<uint16_t>(here);
        for (int j = 0; j < 8; ++j) y[k + j] = static_cast<uint16_t>(row + places[j]);
        for (int j = 0; j < 8; ++j) p[k + j] = on;
        k += std::popcount(mask);
      } else if (code == 1) {
        here = static_cast<int32_t>(word & 0x3FF);
      } else if (code == 4) {
        set_groups(word & 0xFFF);
        first[0] = group[0];
        first[1] = group[1];
      } else {
        break;
      }
    }
    time.now = now;
    column = here;
    out.n = k;
    return i;
  }

  void step(uint32_t word, int64_t offset, Out& out) noexcept {
    const uint32_t code = word >> 12;
    if (word & 0x8000) {
      time.tell(word);
    } else if (code == 2 || code == 3) {
      mask(word, offset, out);
    } else if (code == 1) {
      column = static_cast<int32_t>(word & 0x3FF);
    } else if (code == 4) {
      set_groups(word & 0xFFF);
    } else {
      common_word(word, time, counts, out);
    }
  }

  void run(const uint8_t* data, int64_t n, int64_t offset, Out& out) noexcept {
    for (int64_t i = 0; i < n; ++i) {
      if (time.known && column >= 0 && has_groups) i += fast(data + 2 * i, n - i, out);
      if (i < n) step(load16(data + 2 * i), offset + 2 * i, out);
    }
  }
};

}  // namespace
}  // namespace words

std::unique_ptr<WordDecoder> make_dvx_decoder(const WordSensor& sensor) {
  return std::make_unique<words::Framed<words::Dvx, 2>>(sensor);
}

}  // namespace nk
