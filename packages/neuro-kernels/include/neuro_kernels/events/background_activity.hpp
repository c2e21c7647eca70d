// Events that no neighbour supports: background activity, that is, noise of single pixels.
// After T. Delbruck, "Frame-free dynamic digital vision", Intl. Symp. on Secure-Life Electronics,
// Tokyo, 2008: an event passes when a nearby pixel has fired a short time before.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

// State of the filter: the time of the event that came last at each pixel, in rows of width + 2
// cells. A frame of cells that never fire, one on each side, gives every pixel 8 neighbours; one
// cell more lets the last row be read four at a time.
constexpr int64_t kNeverFired = INT64_MIN;
constexpr int64_t background_activity_cells(int64_t width, int64_t height) noexcept {
  return (width + 2) * (height + 2) + 1;
}

struct BackgroundActivityKernels {
  // keep[i] = 1 where, among the events before i in the order given, the last one of some of the 8
  // neighbours (with `itself`: or of the same pixel) has a time t' with 0 <= t - t' <= window_us;
  // else 0, also for events outside the frame. Kept or not, event i then becomes the last one of
  // its pixel. `last` starts as kNeverFired everywhere and carries over from call to call. Times
  // must be above INT64_MIN + window_us. Returns the number kept.
  int64_t (*mark)(const Columns& events, int64_t width, int64_t height, int64_t window_us,
                  bool itself, int64_t* last, uint8_t* keep) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(BackgroundActivityKernels, background_activity_kernels)
