// Histogram and decay surface: nothing is written outside the frame, and every event is accounted
// for.
#include <cmath>

#include "events_of.hpp"
#include "neuro_kernels/represent/decay_surface.hpp"
#include "neuro_kernels/represent/histogram.hpp"
#include "neuro_kernels/represent/voxel_grid.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nk::fuzz::Bytes bytes(data, size);
  const int64_t width = 1 + bytes.take<uint8_t>() % 20, height = 1 + bytes.take<uint8_t>() % 20;
  const int64_t moment = bytes.take<int32_t>();
  const nk::fuzz::Events events(bytes);
  const auto cells = static_cast<size_t>(2 * width * height);

  std::vector<float> counts(cells);
  const int64_t outside = nk::histogram(events.columns(), width, height, counts.data());
  double sum = 0;
  for (float count : counts) sum += count;
  nk::fuzz::require(static_cast<int64_t>(sum) + outside == events.columns().n);

  std::vector<int64_t> last(cells, nk::kNoEvent);
  nk::fuzz::require(nk::mark_latest(events.columns(), width, height, last.data()) == outside);
  std::vector<float> surface(cells);
  nk::decay_kernels().decay(last.data(), static_cast<int64_t>(cells), moment, 1000.0,
                            surface.data());
  for (size_t i = 0; i < cells; ++i) {
    nk::fuzz::require(surface[i] >= 0 && surface[i] <= 1);
    nk::fuzz::require((counts[i] > 0) == (last[i] != nk::kNoEvent));
  }

  const nk::FrameShape planes{width, height, 3 * width * height, 6 * width * height};
  const nk::VoxelAxis axis{3, width * height, moment, 1e-3};
  const float weights[] = {1.0f, 1.0f};
  std::vector<float> grid(static_cast<size_t>(planes.cells));
  nk::fuzz::require(nk::voxel_kernels().voxel_grid(events.columns(), planes, axis, weights,
                                                   grid.data()) == outside);
  for (float cell : grid) nk::fuzz::require(cell >= 0);

  std::vector<float> again(grid.size()), scratch(2 * cells);
  nk::fuzz::require(nk::voxel_kernels().voxel_pairs(events.columns(), planes, axis, weights,
                                                    again.data(), scratch.data()) == outside);
  for (size_t i = 0; i < grid.size(); ++i)
    nk::fuzz::require(std::abs(again[i] - grid[i]) <= 1e-3f * (1.0f + grid[i]));
  return 0;
}
