#include <bit>
#include <cstring>

#include "neuro_kernels/codecs/event_runs.hpp"
#include "neuro_kernels/codecs/evt21.hpp"
#include "neuro_kernels/codecs/time_high.hpp"

namespace nk {
namespace {

constexpr int64_t kHighRange = int64_t{1} << 28;
constexpr int64_t kWord = 8;

void put(const Evt21EncodeState& s, uint8_t* out, uint64_t word) noexcept {
  if (s.upper_first) word = word << 32 | word >> 32;
  std::memcpy(out, &word, kWord);
}

EncodeError put_time(Evt21EncodeState& s, int64_t high, uint8_t* out, int64_t capacity,
                     int64_t& bytes) noexcept {
  if (high == s.high) return EncodeError::none;
  if (s.high >= 0 && s.high - high >= kHighRange / 2) return EncodeError::time_backwards;
  if (high - s.high > kHighRange * kMostLoops) return EncodeError::time_gap;
  while (s.high != high && capacity - bytes >= kWord) {
    s.high = next_time_high(s.high, high, kHighRange);
    put(s, out + bytes, uint64_t{8} << 60 | static_cast<uint64_t>(s.high & (kHighRange - 1)) << 32);
    bytes += kWord;
  }
  return EncodeError::none;
}

uint64_t head(uint64_t type, int64_t t) noexcept {
  return type << 60 | static_cast<uint64_t>(t & 63) << 54;
}

// The events as bits of one group of 32 columns.
uint64_t mask_of(const uint16_t* x, int64_t n) noexcept {
  // Edges mostly light up one column after the other.
  if (x[n - 1] - x[0] == n - 1) return ((uint64_t{1} << n) - 1) << (x[0] & 31);
  uint64_t mask = 0;
  for (int64_t k = 0; k < n; ++k) mask |= uint64_t{1} << (x[k] & 31);
  return mask;
}

// Writes complete words from event `i` on while they have the current time high and none is held
// back; returns the first event that it leaves.
int64_t put_runs(const Evt21EncodeState& s, const Columns& e, int64_t i, uint8_t* out,
                 int64_t capacity, int64_t& bytes) noexcept {
  const auto width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  if (const auto masks_of = event_run_kernels().masks; masks_of != nullptr) {
    const MaskPlan plan{width, height, s.high, s.upper_first};
    while (i + kRunBlock < e.n && capacity - bytes >= kWord * (kRunBlock + 8)) {
      const int64_t n = masks_of(e, i, plan, out + bytes, bytes);
      if (n == 0) break;
      i += n;
    }
    return i;
  }
  const auto starts_of = event_run_kernels().starts;
  uint64_t starts = 0;
  while (i + kRunBlock < e.n && capacity - bytes >= kWord * kRunBlock &&
         starts_of(e, i, width, height, 5, starts) && starts != 0) {
    int64_t at = i;
    for (; starts != 0; starts &= starts - 1) {
      const int64_t next = i + 1 + std::countr_zero(starts);
      const int64_t t = e.t[at];
      if (t >> 6 != s.high) break;
      const uint64_t group = head(e.p[at] != 0, t) | static_cast<uint64_t>(e.x[at] & ~31u) << 43 |
                             static_cast<uint64_t>(e.y[at]) << 32;
      put(s, out + bytes, group | mask_of(e.x + at, next - at));
      bytes += kWord;
      at = next;
    }
    if (at == i) break;
    i = at;
    if (starts != 0) break;
  }
  return i;
}

}  // namespace

int64_t evt21_finish(Evt21EncodeState& s, uint8_t* out, int64_t capacity) noexcept {
  if (s.word == 0 || capacity < kWord) return 0;
  put(s, out, s.word);
  s.word = 0;
  return kWord;
}

EncodeProgress evt21_encode(Evt21EncodeState& s, const Columns& events, uint8_t* out,
                            int64_t capacity) noexcept {
  int64_t bytes = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    const int64_t t = events.t[i];
    const uint32_t x = events.x[i], y = events.y[i];
    if (x >= static_cast<uint32_t>(s.width)) return {i, bytes, EncodeError::x_range};
    if (y >= static_cast<uint32_t>(s.height)) return {i, bytes, EncodeError::y_range};
    if (t < 0) return {i, bytes, EncodeError::negative_time};
    const uint64_t group = head(events.p[i] != 0, t) | static_cast<uint64_t>(x & ~31u) << 43 |
                           static_cast<uint64_t>(y) << 32;
    const uint64_t bit = uint64_t{1} << (x & 31);
    if (s.word != 0) {
      if (t == s.t && s.word >> 32 == group >> 32 && x > s.last_x) {
        s.word |= bit;
        s.last_x = x;
        continue;
      }
      if (capacity - bytes < kWord) return {i, bytes, EncodeError::none};
      bytes += evt21_finish(s, out + bytes, capacity - bytes);
    }
    if (t >> 6 == s.high) {
      const int64_t next = put_runs(s, events, i, out, capacity, bytes);
      if (next > i) {
        i = next - 1;
        continue;
      }
    }
    const EncodeError error = put_time(s, t >> 6, out, capacity, bytes);
    if (error != EncodeError::none) return {i, bytes, error};
    if (s.high != t >> 6) return {i, bytes, EncodeError::none};
    s.word = group | bit;
    s.t = t;
    s.last_x = x;
  }
  return {events.n, bytes, EncodeError::none};
}

EncodeProgress evt21_encode_trigger(Evt21EncodeState& s, int64_t t, uint32_t id, uint32_t value,
                                    uint8_t* out, int64_t capacity) noexcept {
  if (t < 0) return {0, 0, EncodeError::negative_time};
  if (capacity < kWord) return {0, 0, EncodeError::none};
  int64_t bytes = evt21_finish(s, out, capacity);
  const EncodeError error = put_time(s, t >> 6, out, capacity, bytes);
  if (error != EncodeError::none) return {0, bytes, error};
  if (s.high != t >> 6 || capacity - bytes < kWord) return {0, bytes, EncodeError::none};
  put(s, out + bytes,
      head(0xA, t) | static_cast<uint64_t>(id & 31) << 40 | static_cast<uint64_t>(value & 1) << 32);
  return {1, bytes + kWord, EncodeError::none};
}

}  // namespace nk
