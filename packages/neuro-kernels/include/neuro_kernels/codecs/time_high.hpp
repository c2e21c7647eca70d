// Time words of encoders: how to walk from one value of the high part to another.
#pragma once

#include <cstdint>

namespace nk {

// Wraps that are written out, 3 words each, to reach a time; more are refused.
inline constexpr int64_t kMostLoops = 1 << 16;

// The next time high to write on the way from `from` (-1: none written yet) to `to`, wraps
// included; `range` is the number of values the word can say. A step forward stays below half the
// range, and the range's last value is written before its first one, so that every reader sees the
// wrap. A stream that starts after the first wrap says so by starting at zero.
inline int64_t next_time_high(int64_t from, int64_t to, int64_t range) noexcept {
  if (from < 0) return to < range ? to : 0;
  if (to <= from) return to;
  const int64_t last = from | (range - 1);
  int64_t next = to;
  if (to > last) next = from == last ? last + 1 : last;
  const int64_t reach = from + range / 2 - 1;
  return next < reach ? next : reach;
}

}  // namespace nk
