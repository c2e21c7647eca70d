// Filters that look at what a pixel did before: dead time, bursts, flicker.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// All of them take a state of width * height cells in rows, which carries over from call to call,
// drop events outside the frame, and return the number kept. Time differences are unsigned: an
// event before the pixel's last one counts as long after it.

// keep[i] = 1 where the last event kept at the pixel is at least `period_us` before; `last` starts
// as kNeverFired everywhere.
int64_t mark_refractory(const Columns& events, int64_t width, int64_t height, int64_t period_us,
                        int64_t* last, uint8_t* keep) noexcept;

// What the burst filter lets through. Events of one pixel and polarity that follow each other
// within the threshold form a burst.
enum class Burst : uint8_t {
  kTrail,         // the first of each burst
  kStcCutTrail,   // the second
  kStcKeepTrail,  // all but the first
};

// What is known of a pixel, in 8 bytes so that a sensor fits into the cache: the time of its last
// event above `kCellBits` bits of the filter's own. Times must be within +-2^58.
constexpr int kCellBits = 4;
constexpr int64_t kNewCell = INT64_MIN;

// `cells` starts as kNewCell everywhere.
int64_t mark_bursts(const Columns& events, int64_t width, int64_t height, Burst mode,
                    int64_t threshold_us, int64_t* cells, uint8_t* keep) noexcept;

struct FlickerRule {
  int64_t shortest_us, longest_us;  // periods inside the band, both included
  bool passing;                     // keep blinking pixels (band pass) rather than the others
  uint8_t start, stop;              // counter values at which blinking begins, below which it ends
};

// Each ON event ends a period: one inside the band raises the pixel's counter, another lowers it.
// keep[i] tells whether the pixel blinks after event i (`passing`) or does not. `cells` starts as
// kNewCell everywhere.
int64_t mark_flicker(const Columns& events, int64_t width, int64_t height, const FlickerRule& rule,
                     int64_t* cells, uint8_t* keep) noexcept;

}  // namespace nk
