// eDVS, format "E2": row | 0x80, column | OFF << 7, time u16 big-endian in microseconds. A time
// below the one before means that the 16 bits wrapped. Where no record can begin, bytes are skipped
// until one with bit 7 set. Source: libcaer, edvs.c (BSD-2-Clause).
#include "frame.hpp"

namespace nk {
namespace words {
namespace {

class Edvs final : public WordDecoder {
 public:
  explicit Edvs(const WordSensor& sensor) noexcept
      : invert_(sensor.invert),
        columns_(static_cast<uint32_t>(sensor.columns)),
        rows_(static_cast<uint32_t>(sensor.rows)) {}

  WordRoom room(const uint8_t*, int64_t n) const noexcept override { return {n / 4 + 2, 0}; }

  WordProgress decode(const uint8_t* data, int64_t n, const MutableColumns& events,
                      const SideColumns& side) noexcept override {
    Out out(events, side, invert_);
    const int64_t start = counts_.bytes_read;
    int64_t i = 0;
    while (i < n) {
      while (n_carried_ == 0 && n - i >= 4 && data[i] & 0x80) {
        record(data + i, start + i, out);
        i += 4;
      }
      if (i == n) break;
      if (n_carried_ == 0 && (data[i] & 0x80) == 0) {
        count_problem(counts_, counts_.unknown_words, 1, start + i, 1);
        ++i;
        continue;
      }
      carried_[n_carried_++] = data[i++];
      if (n_carried_ == 4) {
        record(carried_, start + i - 4, out);
        n_carried_ = 0;
      }
    }
    counts_.bytes_read += n;
    counts_.events += out.n;
    return out.progress();
  }

  int64_t lose() noexcept override {
    const int64_t dropped = n_carried_;
    counts_.bytes_skipped += dropped;
    n_carried_ = 0;
    return dropped;
  }

  const DecodeCounts& counts() const noexcept override { return counts_; }

 private:
  void record(const uint8_t* data, int64_t offset, Out& out) noexcept {
    const int64_t stamp = data[2] << 8 | data[3];
    now_ = (now_ & ~int64_t{0xFFFF}) + stamp + (stamp < (now_ & 0xFFFF) ? 0x10000 : 0);
    const uint32_t x = data[1] & 0x7F, y = data[0] & 0x7F;
    if (x >= columns_ || y >= rows_) {
      count_problem(counts_, counts_.out_of_range, 1, offset, 4);
      return;
    }
    out.put(now_, x, y, (data[1] >> 7) ^ 1);
    ++out.n;
  }

  bool invert_;
  uint32_t columns_, rows_;
  int64_t now_ = 0;
  uint8_t carried_[4] = {};
  int32_t n_carried_ = 0;
  DecodeCounts counts_;
};

}  // namespace
}  // namespace words

std::unique_ptr<WordDecoder> make_edvs_decoder(const WordSensor& sensor) {
  return std::make_unique<words::Edvs>(sensor);
}

}  // namespace nk
