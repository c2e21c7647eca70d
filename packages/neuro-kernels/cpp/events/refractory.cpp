#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/events/pixel_walk.hpp"

namespace nk {

int64_t mark_refractory(const Columns& events, int64_t width, int64_t height, int64_t period_us,
                        int64_t* last, uint8_t* keep) noexcept {
  const uint64_t period = static_cast<uint64_t>(period_us);
  const int64_t* const times = events.t;
  return walk_pixels(
      events, width, height, last, keep, [times, period](int64_t& before, int64_t i) noexcept {
        const int64_t t = times[i], held = before;
        const bool pass = static_cast<uint64_t>(t) - static_cast<uint64_t>(held) >= period;
        before = pass ? t : held;
        return pass;
      });
}

}  // namespace nk
