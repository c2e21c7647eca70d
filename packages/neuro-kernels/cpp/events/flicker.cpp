#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/events/pixel_walk.hpp"

namespace nk {
namespace {

constexpr int kHighestCount = 7;  // three bits, as in the camera's own filter

}  // namespace

int64_t mark_flicker(const Columns& events, int64_t width, int64_t height, const FlickerRule& rule,
                     int64_t* cells, uint8_t* keep) noexcept {
  const uint64_t shortest = static_cast<uint64_t>(rule.shortest_us);
  const uint64_t band = static_cast<uint64_t>(rule.longest_us) - shortest;
  const int start = rule.start, stop = rule.stop;
  const unsigned passing = rule.passing;
  const int64_t* const times = events.t;
  const uint8_t* const polarities = events.p;
  // Polarities come as they like: choosing without a branch is faster than guessing wrong.
  return walk_pixels(events, width, height, cells, keep, [=](int64_t& cell, int64_t i) noexcept {
    const int64_t held = cell, t = times[i];
    const int counter = static_cast<int>(held & 7);
    const unsigned blinking = static_cast<unsigned>(held) >> 3 & 1u;
    const uint64_t period = static_cast<uint64_t>(t) - static_cast<uint64_t>(held >> kCellBits);
    const int inside = static_cast<int>(period - shortest <= band);
    const int up = counter + inside * static_cast<int>(counter < kHighestCount);
    const int count = up - (1 - inside) * static_cast<int>(counter > 0);
    const unsigned now =
        static_cast<unsigned>(count >= start) | (blinking & static_cast<unsigned>(count >= stop));
    const auto ended = static_cast<int64_t>(static_cast<uint64_t>(t) << kCellBits | now << 3 |
                                            static_cast<unsigned>(count));
    const bool on = polarities[i] != 0;
    cell = on ? ended : held;
    return (on ? now : blinking) == passing;
  });
}

}  // namespace nk
