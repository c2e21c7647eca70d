#include "neuro_kernels/render/recency.hpp"

#include <algorithm>

#include "neuro_kernels/core/pool.hpp"
#include "neuro_kernels/render/prefetch.hpp"
#include "neuro_kernels/render/shade.hpp"

namespace nk {
namespace {

constexpr int64_t span = int64_t{1} << 30;
// Keeps differences of times inside 64 bits, whatever a damaged file holds.
constexpr int64_t furthest = int64_t{1} << 61;

// Moves `base` forward to where `t` has a stamp below 2^32.
void rebase(Recency& state, int64_t t) noexcept {
  const int64_t steps = (t - state.base - span) / span;
  state.base += steps * span;
  const int64_t pixels = state.width * state.height;
  if (steps > 1) {
    std::fill(state.stamps, state.stamps + pixels, 0u);
    return;
  }
  constexpr uint32_t down = static_cast<uint32_t>(span) * 2;
  for (int64_t i = 0; i < pixels; ++i)
    state.stamps[i] = state.stamps[i] >= down + 2 ? state.stamps[i] - down : 0;
}

}  // namespace

Fed recency_feed(Recency& state, const Columns& events, int64_t until) noexcept {
  const uint64_t width = static_cast<uint64_t>(state.width);
  const uint64_t height = static_cast<uint64_t>(state.height);
  int64_t outside = 0, i = 0;
  if (events.n > 0 && !state.started && events.t[0] < until) {
    state.base = std::clamp(events.t[0], -furthest, furthest) - span;
    state.started = true;
  }
  for (; i < events.n; ++i) {
    prefetch_pixel(state.stamps, state.width, events, i);
    const int64_t t = std::clamp(events.t[i], -furthest, furthest);
    if (t >= until) break;
    const uint64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      ++outside;
      continue;
    }
    int64_t age = t - state.base;
    if (age >= 2 * span - 1) [[unlikely]] {
      rebase(state, t);
      age = t - state.base;
    }
    if (age < 0) [[unlikely]]
      age = 0;
    state.stamps[y * width + x] =
        (static_cast<uint32_t>(age + 1) << 1) | static_cast<uint32_t>(events.p[i] != 0);
  }
  return {i, outside};
}

void recency_shade(const Recency& state, int64_t now, int shift, const uint8_t* table,
                   uint8_t* index) noexcept {
  const int64_t last = decay_steps - 1;
  const int64_t moment = std::clamp(now, -furthest, furthest) - state.base + 1;
  if (!state.started || moment > 2 * span + (decay_steps << shift)) {
    std::fill(index, index + state.width * state.height, table[last]);
    return;
  }
  parallel_for((state.height + 63) / 64, [&](int64_t band) {
    const int64_t begin = band * 64 * state.width;
    const int64_t end = std::min(state.height, band * 64 + 64) * state.width;
    if (moment < span || moment >= 2 * span) [[unlikely]] {
      for (int64_t i = begin; i < end; ++i) {
        const uint32_t stamp = state.stamps[i];
        const int64_t age = moment - static_cast<int64_t>(stamp >> 1);
        int64_t step = age > 0 ? age >> shift : 0;
        step = stamp == 0 || step > last ? last : step;
        index[i] = table[(stamp & 1) * decay_steps + step];
      }
      return;
    }
    uint16_t entries[1024];
    for (int64_t i = begin; i < end; i += 1024) {
      const int64_t n = std::min<int64_t>(1024, end - i);
      shade_kernels().recency(state.stamps + i, n, static_cast<int32_t>(moment), shift, entries);
      for (int64_t k = 0; k < n; ++k) index[i + k] = table[entries[k]];
    }
  });
}

}  // namespace nk
