// Voxel grids: events spread over the two nearest of several bins in time.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/represent/frame.hpp"

namespace nk {

// Bin b of the axis in front of [y][x] begins at `b * bin_stride`.
struct VoxelAxis {
  int64_t bins = 0, bin_stride = 0;
  int64_t start = 0;   // time of bin 0, in microseconds
  double scale = 0.0;  // bins per microsecond
};

struct VoxelKernels {
  // With b = (t - start) * scale: adds weights[polarity] * (1 - (b - floor b)) to bin floor b and
  // weights[polarity] * (b - floor b) to the next one, each where it exists. Returns the number of
  // events outside the frame; what lies outside the bins is left out.
  int64_t (*voxel_grid)(const Columns& events, const FrameShape&, const VoxelAxis&,
                        const float* weights, float* out) noexcept;

  // The same, for many events in the order of time: two bins at a time lie beside each other in
  // `scratch`, two numbers for each cell of a bin (of both polarities, where they are split).
  int64_t (*voxel_pairs)(const Columns& events, const FrameShape&, const VoxelAxis&,
                         const float* weights, float* out, float* scratch) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(VoxelKernels, voxel_kernels)

namespace nk {

// Whichever of both is faster; the sums may differ in their last bit.
int64_t voxel_grid(const Columns& events, const FrameShape&, const VoxelAxis&, const float* weights,
                   float* out) noexcept;

}  // namespace nk
