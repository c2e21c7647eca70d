#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/events/pixel_walk.hpp"

namespace nk {

int64_t mark_bursts(const Columns& events, int64_t width, int64_t height, Burst mode,
                    int64_t threshold_us, int64_t* cells, uint8_t* keep) noexcept {
  const uint64_t threshold = static_cast<uint64_t>(threshold_us);
  // Bit k of `pass` tells of place k.
  const unsigned pass = mode == Burst::kTrail ? 1u : mode == Burst::kStcCutTrail ? 2u : 6u;
  const int64_t* const times = events.t;
  const uint8_t* const polarities = events.p;
  return walk_pixels(
      events, width, height, cells, keep,
      [times, polarities, threshold, pass](int64_t& cell, int64_t i) noexcept {
        const int64_t t = times[i];
        const uint64_t age = static_cast<uint64_t>(t) - static_cast<uint64_t>(cell >> kCellBits);
        const unsigned p = polarities[i] != 0, past = static_cast<unsigned>(cell) & 3u;
        const bool linked = (age <= threshold) & ((static_cast<unsigned>(cell) >> 2 & 1u) == p);
        const unsigned next = past < 2 ? past + 1u : 2u;
        const unsigned place = next & (0u - static_cast<unsigned>(linked));
        cell = static_cast<int64_t>(static_cast<uint64_t>(t) << kCellBits | p << 2 | place);
        return (pass >> place & 1u) != 0;
      });
}

}  // namespace nk
