// The histogram kernel with a fault: it gives the right result and then writes one number past the
// end, so that only a sanitizer can tell. Linked into the faulty twins of the test programs.
#include "neuro_kernels/represent/histogram.hpp"

namespace nk {

int64_t histogram(const Columns& events, int64_t width, int64_t height, float* out) noexcept {
  int64_t outside = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    if (events.x[i] < width && events.y[i] < height)
      out[((events.p[i] != 0) * height + events.y[i]) * width + events.x[i]] += 1.0f;
    else
      ++outside;
  }
  out[2 * width * height] = 0.0f;
  return outside;
}

}  // namespace nk
