#include "neuro_kernels/render/latest.hpp"

#include <cstring>

namespace nk {

int64_t pack_latest(const Columns& events, int64_t width, int64_t height, int64_t base_us,
                    uint32_t* stamps, uint32_t stamp, uint8_t* out) noexcept {
  constexpr int64_t kRows = 1 << 15;
  const int64_t rows = height < kRows ? height : kRows;
  int64_t n = 0;
  for (int64_t i = events.n - 1; i >= 0; --i) {
    const uint32_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= rows) continue;
    uint32_t& seen = stamps[y * width + x];
    const bool first = seen != stamp;
    seen = stamp;
    const uint64_t after =
        events.t[i] < base_us ? 0
                              : static_cast<uint64_t>(events.t[i]) - static_cast<uint64_t>(base_us);
    const uint64_t time = after < UINT32_MAX ? after : UINT32_MAX;
    const uint64_t row = y << 1 | static_cast<uint32_t>(events.p[i] != 0);
    const uint64_t record = time | uint64_t{x} << 32 | row << 48;
    // Written always, counted only if it is the pixel's last: no branch to mispredict.
    std::memcpy(out + packed_event_bytes * n, &record, sizeof record);
    n += first;
  }
  return n;
}

}  // namespace nk
