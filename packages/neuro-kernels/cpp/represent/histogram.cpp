#include "neuro_kernels/represent/histogram.hpp"

namespace nk {

int64_t histogram(const Columns& events, int64_t width, int64_t height, float* out) noexcept {
  int64_t outside = 0;
  const int64_t plane = width * height;
  for (int64_t i = 0; i < events.n; ++i) {
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      ++outside;
      continue;
    }
    out[(events.p[i] != 0) * plane + y * width + x] += 1.0f;
  }
  return outside;
}

}  // namespace nk
