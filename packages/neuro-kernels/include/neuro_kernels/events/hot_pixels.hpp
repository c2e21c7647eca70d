// Pixels that fire far more often than their neighbours.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// Adds the number of events of each pixel to `counts` (height, width), which stay at 2^32 - 1 once
// there. Returns the number of events outside the frame, which are left out.
int64_t count_pixels(const Columns& events, int64_t width, int64_t height,
                     uint32_t* counts) noexcept;

// keep[y][x] = 1 where counts[y][x] + 1 < ratio * (largest count of the 4 neighbours + 1), else 0.
// Neighbours outside the frame do not exist; a pixel without any neighbour is kept.
void hot_pixel_mask(const uint32_t* counts, int64_t width, int64_t height, double ratio,
                    uint8_t* keep) noexcept;

// keep[i] = mask[y][x] of event i, 0 for events outside the frame. Returns the number kept.
int64_t mark_by_pixel(const Columns& events, int64_t width, int64_t height, const uint8_t* mask,
                      uint8_t* keep) noexcept;

}  // namespace nk
