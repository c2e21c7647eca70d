// Walking events together with the cell that a plane of state has for each one's pixel.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// Events of which the cells are found at once, and how many events ahead of the work they are asked
// for: a plane lies in the third-level cache, whose latency the processor's own window of
// instructions does not hide (measured: 2.5 times as many events/s).
inline constexpr int64_t walk_block = 512, walk_ahead = 48;

// keep[i] = step(cell of event i, i), which is 0 or 1; 0 for events outside the frame, whose step
// is not called. Returns the number kept.
template <class Cell, class Step>
int64_t walk_pixels(const Columns& events, int64_t width, int64_t height, Cell* cells,
                    uint8_t* keep, Step step) noexcept {
  // Values rather than what is referred to: flags are bytes, which might be part of anything.
  const uint16_t *const xs = events.x, *const ys = events.y;
  const int64_t n = events.n;
  const auto columns = static_cast<uint32_t>(width), rows = static_cast<uint32_t>(height);
  uint32_t place[walk_block + walk_ahead];
  int64_t kept = 0;
  for (int64_t from = 0; from < n; from += walk_block) {
    const int64_t to = from + walk_block < n ? from + walk_block : n;
    const int64_t until = to + walk_ahead < n ? to + walk_ahead : n;
    uint32_t outside = 0;
    for (int64_t i = from; i < until; ++i) {
      outside |= static_cast<uint32_t>(xs[i] >= columns) | static_cast<uint32_t>(ys[i] >= rows);
      place[i - from] = uint32_t{ys[i]} * columns + xs[i];
    }
    if (outside) {
      for (int64_t i = from; i < to; ++i) {
        const bool inside = xs[i] < columns && ys[i] < rows;
        keep[i] = inside && step(cells[place[i - from]], i);
        kept += keep[i];
      }
      continue;
    }
    for (int64_t i = until; i < to + walk_ahead; ++i) place[i - from] = place[0];
    for (int64_t i = from; i < to; ++i) {
#if defined(__GNUC__)
      __builtin_prefetch(cells + place[i - from + walk_ahead], 1);
#endif
      const bool keeps = step(cells[place[i - from]], i);
      keep[i] = keeps;
      kept += keeps;
    }
  }
  return kept;
}

}  // namespace nk
