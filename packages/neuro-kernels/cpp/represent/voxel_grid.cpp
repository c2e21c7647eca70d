#include "neuro_kernels/represent/voxel_grid.hpp"

#include "neuro_kernels/core/pages.hpp"

namespace nk {
namespace {

// Fewer cells stay in the level-2 cache.
constexpr int64_t kManyCells = int64_t{1} << 16;
// Bringing a bin in and out costs as much as one event for so many of its cells saves.
constexpr int64_t kCellsPerEvent = 8;

}  // namespace

int64_t voxel_grid(const Columns& events, const FrameShape& shape, const VoxelAxis& axis,
                   const float* weights, float* out) noexcept {
  const int64_t cells = (shape.polarity_stride != 0 ? 2 : 1) * axis.bin_stride;
  if (cells >= kManyCells && events.n / axis.bins >= cells / kCellsPerEvent) {
    int64_t granted = 0;
    const auto bytes = static_cast<int64_t>(2 * sizeof(float)) * cells;
    if (void* const scratch = pages_get(bytes, &granted); scratch != nullptr) {
      const int64_t outside = voxel_kernels().voxel_pairs(events, shape, axis, weights, out,
                                                          static_cast<float*>(scratch));
      pages_put(scratch, granted);
      return outside;
    }
  }
  return voxel_kernels().voxel_grid(events, shape, axis, weights, out);
}

}  // namespace nk
