#include <cstring>

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
