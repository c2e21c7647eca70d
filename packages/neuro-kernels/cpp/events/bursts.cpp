#include "neuro_kernels/events/pixel_history.hpp"
#include "neuro_kernels/render/prefetch.hpp"

namespace nk {

int64_t mark_bursts(const Columns& events, int64_t width, int64_t height, Burst mode,
                    int64_t threshold_us, int64_t* cells, uint8_t* keep) noexcept {
  const uint64_t threshold = static_cast<uint64_t>(threshold_us);
  // Bit k of `pass` tells of place k.
  const unsigned pass = mode == Burst::kTrail ? 1u : mode == Burst::kStcCutTrail ? 2u : 6u;
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    prefetch_pixel(cells, width, events, i);
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      keep[i] = 0;
      continue;
    }
    int64_t& cell = cells[y * width + x];
    const uint64_t age =
        static_cast<uint64_t>(events.t[i]) - static_cast<uint64_t>(cell >> kCellBits);
    const unsigned p = events.p[i] != 0, past = static_cast<unsigned>(cell) & 3u;
    const bool linked = (age <= threshold) & ((static_cast<unsigned>(cell) >> 2 & 1u) == p);
    const unsigned place = linked ? (past < 2 ? past + 1u : 2u) : 0u;
    cell = static_cast<int64_t>(static_cast<uint64_t>(events.t[i]) << kCellBits | p << 2 | place);
    keep[i] = (pass >> place) & 1u;
    kept += keep[i];
  }
  return kept;
}

}  // namespace nk
