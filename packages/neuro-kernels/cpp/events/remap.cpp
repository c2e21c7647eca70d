#include "neuro_kernels/events/remap.hpp"

#include "neuro_kernels/render/prefetch.hpp"

namespace nk {

int64_t remap_events(const Columns& events, int64_t width, int64_t height, const uint32_t* map,
                     uint16_t* x_out, uint16_t* y_out, uint8_t* keep) noexcept {
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    prefetch_pixel(map, width, events, i);
    const int64_t x = events.x[i], y = events.y[i];
    const uint32_t place = x < width && y < height ? map[y * width + x] : kNowhere;
    x_out[i] = static_cast<uint16_t>(place);
    y_out[i] = static_cast<uint16_t>(place >> 16);
    keep[i] = place != kNowhere;
    kept += keep[i];
  }
  return kept;
}

}  // namespace nk
