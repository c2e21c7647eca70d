// Moving each pixel to another place, such as where it lies without the lens's distortion.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

constexpr uint32_t kNowhere = UINT32_MAX;

// Writes the places of events by a map (height, width) of y << 16 | x or kNowhere, and flags those
// that have one. Returns their number.
int64_t remap_events(const Columns& events, int64_t width, int64_t height, const uint32_t* map,
                     uint16_t* x_out, uint16_t* y_out, uint8_t* keep) noexcept;

}  // namespace nk
