// Event counts per pixel and polarity.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// Adds one to out[p][y][x] for every event; `out` is (2, height, width), C order, not cleared here.
// Returns the number of events outside the frame, which are left out.
int64_t histogram(const Columns& events, int64_t width, int64_t height, float* out) noexcept;

}  // namespace nk
