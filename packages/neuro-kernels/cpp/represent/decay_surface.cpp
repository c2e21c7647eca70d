#include "neuro_kernels/represent/decay_surface.hpp"

namespace nk {

int64_t mark_latest(const Columns& events, int64_t width, int64_t height, int64_t* last) noexcept {
  return decay_kernels().mark_latest(events, FrameShape::planes(width, height), last);
}

}  // namespace nk
