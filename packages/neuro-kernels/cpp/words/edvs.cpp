// eDVS, format "E2": row | 0x80, column | OFF << 7, time u16 big-endian in microseconds. A time
// below the one before means that the 16 bits wrapped. Source: libcaer, edvs.c (BSD-2-Clause).
//
// After lost bytes the place of the next record is not known: bit 7 is also set in columns of OFF
// events and in late times. It is taken where eight records can follow one another and their times
// pass most slowly.
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

  WordRoom room(const uint8_t*, int64_t n) const noexcept override {
    return {n / 4 + kRecords + 2, 0};
  }

  WordProgress decode(const uint8_t* data, int64_t n, const MutableColumns& events,
                      const SideColumns& side) noexcept override {
    Out out(events, side, invert_);
    const int64_t start = counts_.bytes_read;
    int64_t i = 0;
    while (i < n) {
      if (searching_) {
        window_[n_++] = data[i++];
        if (n_ == kWindow) lock(start + i - n_, out);
        continue;
      }
      while (n_ == 0 && n - i >= 4 && data[i] & 0x80) {
        record(data + i, start + i, out);
        i += 4;
      }
      if (i == n) break;
      if (n_ == 0 && (data[i] & 0x80) == 0) {
        searching_ = true;
        continue;
      }
      window_[n_++] = data[i++];
      if (n_ == 4) {
        record(window_, start + i - 4, out);
        n_ = 0;
      }
    }
    counts_.bytes_read += n;
    counts_.events += out.n;
    return out.progress();
  }

  int64_t lose() noexcept override {
    const int64_t dropped = n_;
    counts_.bytes_skipped += dropped;
    n_ = 0;
    searching_ = true;
    return dropped;
  }

  const DecodeCounts& counts() const noexcept override { return counts_; }

 private:
  static constexpr int32_t kRecords = 8, kWindow = 4 * kRecords + 3;

  static int64_t stamp_of(const uint8_t* data) noexcept { return data[2] << 8 | data[3]; }

  // How much time passes over records that begin here; -1 where they cannot.
  static int64_t passing(const uint8_t* data) noexcept {
    int64_t total = 0;
    for (int32_t k = 0; k < kRecords; ++k) {
      if ((data[4 * k] & 0x80) == 0) return -1;
      if (k > 0) total += (stamp_of(data + 4 * k) - stamp_of(data + 4 * k - 4)) & 0xFFFF;
    }
    return total;
  }

  // Looks for the first record in a full window, and decodes from there.
  void lock(int64_t offset, Out& out) noexcept {
    int32_t first = 4;
    int64_t least = -1;
    for (int32_t place = 0; place < 4; ++place) {
      const int64_t time = passing(window_ + place);
      if (time < 0 || (least >= 0 && time >= least)) continue;
      first = place;
      least = time;
    }
    if (first > 0) count_problem(counts_, counts_.unknown_words, first, offset, first);
    int32_t at = first;
    if (least >= 0) {
      for (; at < first + 4 * kRecords; at += 4) record(window_ + at, offset + at, out);
      searching_ = false;
    }
    n_ -= at;
    std::memmove(window_, window_ + at, static_cast<size_t>(n_));
    if (n_ > 0 && (window_[0] & 0x80) == 0) searching_ = true;
  }

  void record(const uint8_t* data, int64_t offset, Out& out) noexcept {
    const int64_t stamp = stamp_of(data);
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
  uint8_t window_[kWindow] = {};  // an unfinished record, or where the next one is looked for
  int32_t n_ = 0;
  bool searching_ = false;
  DecodeCounts counts_;
};

}  // namespace
}  // namespace words

std::unique_ptr<WordDecoder> make_edvs_decoder(const WordSensor& sensor) {
  return std::make_unique<words::Edvs>(sensor);
}

}  // namespace nk
