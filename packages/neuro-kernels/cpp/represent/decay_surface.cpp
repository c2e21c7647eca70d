#include "neuro_kernels/represent/decay_surface.hpp"

namespace nk {

int64_t mark_latest(const Columns& events, int64_t width, int64_t height, int64_t* last) noexcept {
  int64_t outside = 0;
  const int64_t plane = width * height;
  for (int64_t i = 0; i < events.n; ++i) {
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      ++outside;
      continue;
    }
    int64_t& cell = last[(events.p[i] != 0) * plane + y * width + x];
    cell = events.t[i] > cell ? events.t[i] : cell;
  }
  return outside;
}

}  // namespace nk
