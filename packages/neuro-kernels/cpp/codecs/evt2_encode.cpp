#include <algorithm>
#include <cstring>

#include "neuro_kernels/codecs/event_pack.hpp"
#include "neuro_kernels/codecs/evt2.hpp"
#include "neuro_kernels/codecs/time_high.hpp"

namespace nk {
namespace {

constexpr int64_t kHighRange = int64_t{1} << 28;

void put(uint8_t* out, uint32_t word) noexcept { std::memcpy(out, &word, 4); }

EncodeError put_time(Evt2EncodeState& s, int64_t high, uint8_t* out, int64_t capacity,
                     int64_t& bytes) noexcept {
  if (high == s.high) return EncodeError::none;
  if (s.high >= 0 && s.high - high >= kHighRange / 2) return EncodeError::time_backwards;
  if (high - s.high > kHighRange * kMostLoops) return EncodeError::time_gap;
  while (s.high != high && capacity - bytes >= 4) {
    s.high = next_time_high(s.high, high, kHighRange);
    put(out + bytes, 0x80000000u | static_cast<uint32_t>(s.high & (kHighRange - 1)));
    bytes += 4;
  }
  return EncodeError::none;
}

}  // namespace

EncodeProgress evt2_encode(Evt2EncodeState& s, const Columns& events, uint8_t* out,
                           int64_t capacity) noexcept {
  int64_t bytes = 0;
  PackPlan plan;
  plan.width = static_cast<uint32_t>(s.width);
  plan.height = static_cast<uint32_t>(s.height);
  plan.time_shift = 6;
  for (int64_t i = 0; i < events.n; ++i) {
    // What has the current time high goes in one piece.
    const int64_t room = (capacity - bytes) / 4;
    plan.high = s.high;
    const Columns part{events.t, events.x, events.y, events.p, std::min(events.n, i + room)};
    const int64_t packed = s.high < 0 ? 0 : event_pack_kernels().evt2(part, i, plan, out + bytes);
    i += packed;
    bytes += 4 * packed;
    if (i == events.n) break;
    const int64_t t = events.t[i];
    const uint32_t x = events.x[i], y = events.y[i];
    if (x >= static_cast<uint32_t>(s.width)) return {i, bytes, EncodeError::x_range};
    if (y >= static_cast<uint32_t>(s.height)) return {i, bytes, EncodeError::y_range};
    if (t < 0) return {i, bytes, EncodeError::negative_time};
    const EncodeError error = put_time(s, t >> 6, out, capacity, bytes);
    if (error != EncodeError::none) return {i, bytes, error};
    // The time may not be complete yet, when the output is full.
    if (s.high != t >> 6 || capacity - bytes < 4) return {i, bytes, EncodeError::none};
    put(out + bytes, static_cast<uint32_t>(events.p[i] != 0) << 28 |
                         static_cast<uint32_t>(t & 63) << 22 | x << 11 | y);
    bytes += 4;
  }
  return {events.n, bytes, EncodeError::none};
}

EncodeProgress evt2_encode_trigger(Evt2EncodeState& s, int64_t t, uint32_t id, uint32_t value,
                                   uint8_t* out, int64_t capacity) noexcept {
  int64_t bytes = 0;
  if (t < 0) return {0, 0, EncodeError::negative_time};
  const EncodeError error = put_time(s, t >> 6, out, capacity, bytes);
  if (error != EncodeError::none) return {0, bytes, error};
  if (s.high != t >> 6 || capacity - bytes < 4) return {0, bytes, EncodeError::none};
  put(out + bytes,
      0xA0000000u | static_cast<uint32_t>(t & 63) << 22 | (id & 31) << 8 | (value & 1));
  return {1, bytes + 4, EncodeError::none};
}

}  // namespace nk
