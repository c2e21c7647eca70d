#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/render/prefetch.hpp"

namespace nk {

int64_t mark_refractory(const Columns& events, int64_t width, int64_t height, int64_t period_us,
                        int64_t* last, uint8_t* keep) noexcept {
  const uint64_t period = static_cast<uint64_t>(period_us);
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    prefetch_pixel(last, width, events, i);
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      keep[i] = 0;
      continue;
    }
    int64_t& before = last[y * width + x];
    const uint64_t age = static_cast<uint64_t>(events.t[i]) - static_cast<uint64_t>(before);
    const bool pass = age >= period;
    before = pass ? events.t[i] : before;
    keep[i] = pass;
    kept += pass;
  }
  return kept;
}

}  // namespace nk
