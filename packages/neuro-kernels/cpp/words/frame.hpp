// What the word decoders share: the bytes of a word that a call's end cut in two, outputs, counts.
#pragma once

#include <cstring>

#include "neuro_kernels/words/decoder.hpp"

namespace nk::words {

inline uint16_t load16(const uint8_t* data) noexcept {
  uint16_t word;
  std::memcpy(&word, data, sizeof(word));  // all supported processors are little-endian
  return word;
}

// Columns being filled; `Size` words ahead of `n` may be written and not kept.
struct Out {
  int64_t* t;
  uint16_t* x;
  uint16_t* y;
  uint8_t* p;
  SideColumns side;
  int64_t n = 0, n_side = 0, untimed = 0;
  bool reset = false;

  Out(const MutableColumns& events, const SideColumns& to, bool invert) noexcept
      : t(events.t),
        x(invert ? events.y : events.x),
        y(invert ? events.x : events.y),
        p(events.p),
        side(to) {}

  void put(int64_t time, uint32_t column, uint32_t row, uint32_t polarity) noexcept {
    t[n] = time;
    x[n] = static_cast<uint16_t>(column);
    y[n] = static_cast<uint16_t>(row);
    p[n] = static_cast<uint8_t>(polarity);
  }
  void put_side(int64_t time, uint16_t word, bool known) noexcept {
    side.t[n_side] = time;
    side.word[n_side] = word;
    ++n_side;
    untimed += !known;
  }
  WordProgress progress() const noexcept { return {n, n_side, untimed, reset}; }
};

inline void count_problem(DecodeCounts& counts, int64_t& kind, int64_t events, int64_t offset,
                          int64_t bytes) noexcept {
  kind += events;
  counts.bytes_skipped += bytes;
  if (counts.first_problem < 0) counts.first_problem = offset;
}

// `Words` has `run(data, n_words, offset, out)`, `room(data, n_words)` and `lost()`.
template <class Words, int64_t Size>
class Framed final : public WordDecoder {
 public:
  explicit Framed(const WordSensor& sensor) noexcept : sensor_(sensor), words_(sensor) {}

  WordRoom room(const uint8_t* data, int64_t n) const noexcept override {
    // The word that the call before cut in two moves all later ones.
    const int64_t missing = n_carried_ == 0 ? 0 : Size - n_carried_;
    WordRoom room;
    if (n >= missing) room = words_.room(data + missing, (n - missing) / Size);
    return {room.events + 2 * kSlack, room.side + 2};
  }

  WordProgress decode(const uint8_t* data, int64_t n, const MutableColumns& events,
                      const SideColumns& side) noexcept override {
    Out out(events, side, sensor_.invert);
    DecodeCounts& counts = words_.counts;
    int64_t start = counts.bytes_read, i = 0;
    counts.bytes_read += n;
    if (n_carried_ > 0) {
      while (n_carried_ < Size && i < n) carried_[n_carried_++] = data[i++];
      if (n_carried_ == Size) {
        words_.run(carried_, 1, start + i - Size, out);
        n_carried_ = 0;
      }
    }
    const int64_t whole = (n - i) / Size;
    words_.run(data + i, whole, start + i, out);
    for (i += whole * Size; i < n; ++i) carried_[n_carried_++] = data[i];
    counts.events += out.n;
    return out.progress();
  }

  int64_t lose() noexcept override {
    const int64_t dropped = n_carried_;
    DecodeCounts& counts = words_.counts;
    counts.bytes_skipped += dropped;
    n_carried_ = 0;
    words_.lost();
    return dropped;
  }

  const DecodeCounts& counts() const noexcept override { return words_.counts; }

 private:
  static constexpr int64_t kSlack = 8;  // events that `run` may write beyond those it keeps

  WordSensor sensor_;
  Words words_;
  uint8_t carried_[Size] = {};
  int32_t n_carried_ = 0;
};

// Time of the 16-bit words: 15 bits, and wrap words that tell how many wraps have passed.
struct WordTime {
  int64_t offset = 0, now = 0;
  bool known = false;  // whether a time was told since the start or the last gap

  void tell(uint32_t word) noexcept {
    const int64_t told = offset + (word & 0x7FFF);
    now = told > now ? told : now;
    known = true;
  }
  void wrap(uint32_t count) noexcept {
    offset += int64_t{0x8000} * count;
    now = offset > now ? offset : now;
  }
  void reset() noexcept { offset = now = 0; }
};

// Words of the 16-bit formats that are neither event nor time. Returns false for what is not one.
inline bool common_word(uint32_t word, WordTime& time, DecodeCounts& counts, Out& out) noexcept {
  switch (word >> 12) {
    case 0:
      if ((word & 0xFFF) == 1) {
        time.reset();
        out.reset = true;
      }
      [[fallthrough]];
    case 5: out.put_side(time.now, static_cast<uint16_t>(word), time.known); return true;
    case 6: ++counts.other_words; return true;
    case 7:
      time.wrap(word & 0xFFF);
      ++counts.other_words;
      return true;
    default: return false;
  }
}

}  // namespace nk::words
