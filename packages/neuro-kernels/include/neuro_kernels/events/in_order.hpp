// Putting events in order of time.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// Copies events to `out` by their times, those of one time in the order in which they came, by
// counting how many there are of each time. All times lie from `first` to `first + range - 1`;
// `places` has room for `range` numbers and holds anything. There are fewer than 2^32 events.
void put_in_order(const Columns& events, int64_t first, int64_t range, uint32_t* places,
                  const MutableColumns& out) noexcept;

}  // namespace nk
