#include "neuro_kernels/render/intensity.hpp"

#include <algorithm>
#include <bit>

#include "neuro_kernels/core/pool.hpp"

namespace nk {
namespace {

// Keeps differences of times inside 64 bits, whatever a damaged file holds.
constexpr int64_t furthest = int64_t{1} << 61;

uint32_t bucket(float sum) noexcept { return std::bit_cast<uint32_t>(sum) >> 18; }

void move_origin(Intensity& state, int64_t t) noexcept {
  const int64_t table = state.steps << state.shift;
  int64_t steps = (t - state.origin) / table;
  state.origin += steps * table;
  const int64_t values = 2 * state.width * state.height;
  // After eight tables of many time constants each nothing is left that a float could show.
  if (steps > 8) {
    std::fill(state.sums, state.sums + values, 0.0f);
    return;
  }
  for (; steps > 0; --steps)
    for (int64_t i = 0; i < values; ++i) state.sums[i] *= state.fade;
}

}  // namespace

Fed intensity_feed(Intensity& state, const Columns& events, int64_t until) noexcept {
  const uint64_t width = static_cast<uint64_t>(state.width);
  const uint64_t height = static_cast<uint64_t>(state.height);
  const uint64_t plane = width * height;
  int64_t outside = 0, i = 0;
  if (events.n > 0 && !state.started && events.t[0] < until) {
    state.origin = std::clamp(events.t[0], -furthest, furthest);
    state.started = true;
  }
  for (; i < events.n; ++i) {
    const int64_t t = std::clamp(events.t[i], -furthest, furthest);
    if (t >= until) break;
    const uint64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      ++outside;
      continue;
    }
    int64_t step = (t - state.origin) >> state.shift;
    if (step >= state.steps) [[unlikely]] {
      move_origin(state, t);
      step = (t - state.origin) >> state.shift;
    }
    if (step < 0) [[unlikely]]
      step = 0;
    state.sums[(events.p[i] != 0) * plane + y * width + x] += state.weights[step];
  }
  return {i, outside};
}

void intensity_histogram(const Intensity& state, uint32_t* counts) noexcept {
  std::fill(counts, counts + intensity_buckets, 0u);
  const int64_t pixels = state.width * state.height;
  const float *off = state.sums, *on = state.sums + pixels;
  for (int64_t i = 0; i < pixels; ++i) {
    const float sum = off[i] + on[i];
    if (sum > 0.0f) ++counts[bucket(sum)];
  }
}

void intensity_shade(const Intensity& state, const uint8_t* table, uint8_t* index) noexcept {
  const int64_t pixels = state.width * state.height;
  const float *off = state.sums, *on = state.sums + pixels;
  parallel_for((state.height + 63) / 64, [&](int64_t band) {
    const int64_t begin = band * 64 * state.width;
    const int64_t end = std::min(state.height, band * 64 + 64) * state.width;
    for (int64_t i = begin; i < end; ++i)
      index[i] = table[(on[i] > off[i]) * intensity_buckets + bucket(off[i] + on[i])];
  });
}

}  // namespace nk
