#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/render/prefetch.hpp"

namespace nk {
namespace {

constexpr unsigned kHighestCount = 7;  // three bits, as in the camera's own filter

}  // namespace

int64_t mark_flicker(const Columns& events, int64_t width, int64_t height, const FlickerRule& rule,
                     int64_t* cells, uint8_t* keep) noexcept {
  const uint64_t shortest = static_cast<uint64_t>(rule.shortest_us);
  const uint64_t band = static_cast<uint64_t>(rule.longest_us) - shortest;
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    prefetch_pixel(cells, width, events, i);
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      keep[i] = 0;
      continue;
    }
    int64_t& cell = cells[y * width + x];
    unsigned counter = static_cast<unsigned>(cell) & 7u,
             blinking = static_cast<unsigned>(cell) >> 3 & 1u;
    if (events.p[i]) {
      const uint64_t period =
          static_cast<uint64_t>(events.t[i]) - static_cast<uint64_t>(cell >> kCellBits);
      if (period - shortest <= band) {
        counter += counter < kHighestCount;
      } else {
        counter -= counter > 0;
      }
      blinking = counter >= rule.start || (blinking && counter >= rule.stop);
      cell = static_cast<int64_t>(static_cast<uint64_t>(events.t[i]) << kCellBits | blinking << 3 |
                                  counter);
    }
    keep[i] = (blinking != 0) == rule.passing;
    kept += keep[i];
  }
  return kept;
}

}  // namespace nk
