#include "neuro_kernels/events/hot_pixels.hpp"

#include "neuro_kernels/events/pixel_walk.hpp"
#include "neuro_kernels/render/prefetch.hpp"

namespace nk {

int64_t count_pixels(const Columns& events, int64_t width, int64_t height,
                     uint32_t* counts) noexcept {
  int64_t outside = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    prefetch_pixel(counts, width, events, i);
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      ++outside;
      continue;
    }
    uint32_t& count = counts[y * width + x];
    count += count != UINT32_MAX;
  }
  return outside;
}

void hot_pixel_mask(const uint32_t* counts, int64_t width, int64_t height, double ratio,
                    uint8_t* keep) noexcept {
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const uint32_t* pixel = counts + y * width + x;
      int64_t most = -1;
      const auto look = [&most](uint32_t count) {
        if (count > most) most = count;
      };
      if (x > 0) look(pixel[-1]);
      if (x + 1 < width) look(pixel[1]);
      if (y > 0) look(pixel[-width]);
      if (y + 1 < height) look(pixel[width]);
      const double own = static_cast<double>(*pixel) + 1.0;
      keep[y * width + x] = most < 0 || own < ratio * (static_cast<double>(most) + 1.0);
    }
  }
}

int64_t mark_by_pixel(const Columns& events, int64_t width, int64_t height, const uint8_t* mask,
                      uint8_t* keep) noexcept {
  return walk_pixels(events, width, height, mask, keep,
                     [](const uint8_t& pixel, int64_t) noexcept { return pixel != 0; });
}

}  // namespace nk
