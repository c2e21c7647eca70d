// DAVIS: code 1 tells the row, 2 and 3 are the column of an OFF and an ON event, 4 is a sample of
// the frame sensor. Source: libcaer, davis_common.c (BSD-2-Clause).
#include "frame.hpp"

namespace nk {
namespace words {
namespace {

struct Davis {
  uint32_t columns, rows;
  WordTime time;
  int64_t row = -1;
  DecodeCounts counts;

  explicit Davis(const WordSensor& sensor) noexcept
      : columns(static_cast<uint32_t>(sensor.columns)), rows(static_cast<uint32_t>(sensor.rows)) {}

  static WordRoom room(const uint8_t* data, int64_t n) noexcept {
    int64_t events = 0, side = 0;
    for (int64_t i = 0; i < n; ++i) {
      const uint16_t code = load16(data + 2 * i) >> 12;
      events += (code & 0xE) == 2;
      side += code == 0 || code == 4 || code == 5;
    }
    return {events, side};
  }

  void lost() noexcept {
    time.known = false;
    row = -1;
  }

  void step(uint32_t word, int64_t offset, Out& out) noexcept {
    const uint32_t code = word >> 12, data = word & 0xFFF;
    if (word & 0x8000) {
      time.tell(word);
    } else if (code == 1) {
      row = data;
    } else if (code == 2 || code == 3) {
      if (!time.known || row < 0) {
        count_problem(counts, counts.before_time, 1, offset, 2);
      } else if (row >= rows || data >= columns) {
        count_problem(counts, counts.out_of_range, 1, offset, 2);
      } else {
        out.put(time.now, data, static_cast<uint32_t>(row), code & 1);
        ++out.n;
      }
    } else if (code == 4) {
      out.put_side(time.now, static_cast<uint16_t>(word), time.known);
    } else {
      common_word(word, time, counts, out);
    }
  }

  // Times, rows and columns without a branch: which of them comes next cannot be foreseen.
  int64_t fast(const uint8_t* data, int64_t n, Out& out) noexcept {
    const int64_t offset = time.offset;
    const uint32_t n_columns = columns, n_rows = rows;
    // Local copies: a byte written to `p` might otherwise change any member.
    int64_t* const t = out.t;
    uint16_t* const x = out.x;
    uint16_t* const y = out.y;
    uint8_t* const p = out.p;
    int64_t now = time.now, k = out.n;
    uint32_t here = static_cast<uint32_t>(row);
    int64_t i = 0;
    for (; i < n; ++i) {
      const uint32_t word = load16(data + 2 * i);
      const uint32_t code = word >> 12, value = word & 0xFFF;
      const uint32_t is_event = (code & 0xE) == 2;
      const uint32_t outside = (value >= n_columns) | (here >= n_rows);
      const uint32_t rare = (code < 8) & (code - 1 > 2);
      if (rare | (is_event & outside)) break;
      const int64_t told = offset + (word & 0x7FFF);
      now = (code >= 8) & (told > now) ? told : now;
      here = code == 1 ? value : here;
      t[k] = now;
      x[k] = static_cast<uint16_t>(value);
      y[k] = static_cast<uint16_t>(here);
      p[k] = static_cast<uint8_t>(code & 1);
      k += is_event;
    }
    out.n = k;
    time.now = now;
    row = here;
    return i;
  }

  void run(const uint8_t* data, int64_t n, int64_t offset, Out& out) noexcept {
    int64_t i = 0;
    while (i < n) {
      if (time.known && row >= 0) i += fast(data + 2 * i, n - i, out);
      if (i == n) return;
      step(load16(data + 2 * i), offset + 2 * i, out);
      ++i;
      // A frame sends long runs of samples.
      while (i < n && load16(data + 2 * i) >> 12 == 4) {
        out.put_side(time.now, load16(data + 2 * i), time.known);
        ++i;
      }
    }
  }
};

}  // namespace
}  // namespace words

std::unique_ptr<WordDecoder> make_davis_decoder(const WordSensor& sensor) {
  return std::make_unique<words::Framed<words::Davis, 2>>(sensor);
}

}  // namespace nk
