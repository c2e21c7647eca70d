// Time and polarity of the last event of each pixel, and the index image drawn from it.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// A stamp is (t - base + 1) * 2 + polarity, 0 where no event was seen. `base` lies 2^30 us before
// the first event, so that a pixel never touched looks older than any table reaches; after another
// 2^30 us (18 minutes) all stamps move down by that much. What is older than 2^30 us counts as
// never seen; an event earlier than `base` counts as seen at `base`.
struct Recency {
  int64_t width, height;
  uint32_t* stamps;  // (height, width), zero at the start
  int64_t base;
  bool started;
};

// What a feed did: events consumed (it stops before the first event with t >= until) and how many
// of these lay outside the frame and were left out.
struct Fed {
  int64_t consumed, outside;
};

Fed recency_feed(Recency& state, const Columns& events, int64_t until) noexcept;

// Steps of a decay table: entry k stands for ages [k << shift, (k + 1) << shift) us; the last entry
// stands for everything older and for pixels never touched.
inline constexpr int64_t decay_steps = 4096;

// index[i] = table[polarity][min(age >> shift, decay_steps - 1)], with age = max(now - t, 0).
// `table` is (2, decay_steps): OFF, then ON; shift is at most 18.
void recency_shade(const Recency& state, int64_t now, int shift, const uint8_t* table,
                   uint8_t* index) noexcept;

}  // namespace nk
