#include "neuro_kernels/events/remap.hpp"

#include "neuro_kernels/events/pixel_walk.hpp"

namespace nk {

int64_t remap_events(const Columns& events, int64_t width, int64_t height, const uint32_t* map,
                     uint16_t* x_out, uint16_t* y_out, uint8_t* keep) noexcept {
  return walk_pixels(events, width, height, map, keep,
                     [x_out, y_out](const uint32_t& place, int64_t i) noexcept {
                       const uint32_t to = place;
                       x_out[i] = static_cast<uint16_t>(to);
                       y_out[i] = static_cast<uint16_t>(to >> 16);
                       return to != kNowhere;
                     });
}

}  // namespace nk
