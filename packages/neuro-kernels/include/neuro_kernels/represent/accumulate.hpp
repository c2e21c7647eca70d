// Event counts and marks per pixel and polarity.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/represent/frame.hpp"

namespace nk {

// `out` is not cleared here. Both return the number of events outside the frame, which are left
// out.
struct AccumulateKernels {
  // Adds weights[polarity] at the place of every event.
  int64_t (*histogram)(const Columns& events, const FrameShape&, const float* weights,
                       float* out) noexcept;
  // Sets the place of every event to 1.
  int64_t (*mark)(const Columns& events, const FrameShape&, float* out) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(AccumulateKernels, accumulate_kernels)
