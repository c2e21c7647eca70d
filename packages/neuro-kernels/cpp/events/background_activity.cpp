#include "neuro_kernels/events/background_activity.hpp"

namespace nk {
namespace {

template <bool itself>
int64_t run(const Columns& events, int64_t width, int64_t height, uint64_t window, int64_t* last,
            uint8_t* keep) noexcept {
  const int64_t stride = width + 2;
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      keep[i] = 0;
      continue;
    }
    const auto t = static_cast<uint64_t>(events.t[i]);
    // As unsigned numbers, times after t and "never" are both further away than any window.
    const auto near = [t, window](int64_t other) {
      return t - static_cast<uint64_t>(other) <= window;
    };
    int64_t* above = last + y * stride + x;
    int64_t* beside = above + stride;
    const int64_t* below = beside + stride;
    const bool supported = near(above[0]) | near(above[1]) | near(above[2]) | near(beside[0]) |
                           (itself && near(beside[1])) | near(beside[2]) | near(below[0]) |
                           near(below[1]) | near(below[2]);
    beside[1] = events.t[i];
    keep[i] = supported;
    kept += supported;
  }
  return kept;
}

}  // namespace

int64_t background_activity(const Columns& events, int64_t width, int64_t height, int64_t window_us,
                            bool itself, int64_t* last, uint8_t* keep) noexcept {
  const auto window = static_cast<uint64_t>(window_us);
  return itself ? run<true>(events, width, height, window, last, keep)
                : run<false>(events, width, height, window, last, keep);
}

}  // namespace nk
