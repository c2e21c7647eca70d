#include <cstring>

#include "neuro_kernels/codecs/evt2.hpp"
#include "neuro_kernels/codecs/time_high.hpp"

namespace nk {
namespace {

constexpr int64_t kHighRange = int64_t{1} << 28;

void put(uint8_t* out, uint32_t word) noexcept { std::memcpy(out, &word, 4); }

}  // namespace

EncodeProgress evt2_encode(Evt2EncodeState& s, const Columns& events, uint8_t* out,
                           int64_t capacity) noexcept {
  int64_t bytes = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    const int64_t t = events.t[i];
    const uint32_t x = events.x[i], y = events.y[i];
    if (x >= static_cast<uint32_t>(s.width)) return {i, bytes, EncodeError::x_range};
    if (y >= static_cast<uint32_t>(s.height)) return {i, bytes, EncodeError::y_range};
    if (t < 0) return {i, bytes, EncodeError::negative_time};
    const int64_t high = t >> 6;
    if (high != s.high) {
      if (s.high >= 0 && s.high - high >= kHighRange / 2)
        return {i, bytes, EncodeError::time_backwards};
      do {
        if (capacity - bytes < 4) return {i, bytes, EncodeError::none};
        s.high = next_time_high(s.high, high, kHighRange);
        put(out + bytes, 0x80000000u | static_cast<uint32_t>(s.high & (kHighRange - 1)));
        bytes += 4;
      } while (s.high != high);
    }
    if (capacity - bytes < 4) return {i, bytes, EncodeError::none};
    put(out + bytes, static_cast<uint32_t>(events.p[i] != 0) << 28 |
                         static_cast<uint32_t>(t & 63) << 22 | x << 11 | y);
    bytes += 4;
  }
  return {events.n, bytes, EncodeError::none};
}

}  // namespace nk
