// The last event of each pixel, packed for a page that draws time surfaces.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

inline constexpr int64_t packed_event_bytes = 8;

// Writes the last event of each pixel, in the order given, as 8 bytes: its time after `base_us` in
// microseconds (u32, held to 0 and 2^32 - 1), x (u16) and y << 1 | polarity (u16), little-endian.
// Later events come first; those outside of the picture, or below row 32767, are left out. `stamps`
// has width * height cells, none of which may hold `stamp` before; `out` has room for all events.
// Returns how many were written.
int64_t pack_latest(const Columns& events, int64_t width, int64_t height, int64_t base_us,
                    uint32_t* stamps, uint32_t stamp, uint8_t* out) noexcept;

}  // namespace nk
