#include "neuro_kernels/render/intensity.hpp"

#include <algorithm>
#include <bit>

#include "neuro_kernels/core/pool.hpp"
#include "neuro_kernels/render/prefetch.hpp"
#include "neuro_kernels/render/shade.hpp"

namespace nk {
namespace {

// Keeps differences of times inside 64 bits, whatever a damaged file holds.
constexpr int64_t furthest = int64_t{1} << 61;
// Sums below this show nothing; as denormal numbers they would slow down what reads them.
constexpr float nothing = 1e-30f;
constexpr uint32_t sign = 0x80000000u;

void move_origin(Intensity& state, int64_t t) noexcept {
  const int64_t table = state.steps << state.shift;
  int64_t steps = (t - state.origin) / table;
  state.origin += steps * table;
  const int64_t pixels = state.width * state.height;
  float fade = state.fade;
  // After eight tables of many time constants each nothing is left that a float could show.
  if (steps > 8) fade = 0.0f;
  for (steps = std::min<int64_t>(steps, 8); steps > 0; --steps) {
    for (int64_t i = 0; i < pixels; ++i) {
      const float sum = state.sums[i] * fade;
      state.sums[i] = sum > -nothing && sum < nothing ? 0.0f : sum;
    }
  }
}

}  // namespace

Fed intensity_feed(Intensity& state, const Columns& events, int64_t until) noexcept {
  const uint64_t width = static_cast<uint64_t>(state.width);
  const uint64_t height = static_cast<uint64_t>(state.height);
  int64_t outside = 0, i = 0;
  if (events.n > 0 && !state.started && events.t[0] < until) {
    state.origin = std::clamp(events.t[0], -furthest, furthest);
    state.started = true;
  }
  for (; i < events.n; ++i) {
    prefetch_pixel(state.sums, state.width, events, i);
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
    float& pixel = state.sums[y * width + x];
    const float sum = std::bit_cast<float>(std::bit_cast<uint32_t>(pixel) & ~sign);
    const uint32_t off = events.p[i] == 0 ? sign : 0;
    pixel = std::bit_cast<float>(std::bit_cast<uint32_t>(sum + state.weights[step]) | off);
  }
  return {i, outside};
}

void intensity_histogram(const Intensity& state, uint32_t* counts) noexcept {
  std::fill(counts, counts + intensity_buckets, 0u);
  const int64_t pixels = state.width * state.height;
  for (int64_t i = 0; i < pixels; ++i)
    ++counts[(std::bit_cast<uint32_t>(state.sums[i]) & ~sign) >> 18];
  counts[0] = 0;
}

void intensity_shade(const Intensity& state, const uint8_t* table, uint8_t* index) noexcept {
  parallel_for((state.height + 63) / 64, [&](int64_t band) {
    const int64_t begin = band * 64 * state.width;
    const int64_t end = std::min(state.height, band * 64 + 64) * state.width;
    uint16_t entries[1024];
    for (int64_t i = begin; i < end; i += 1024) {
      const int64_t n = std::min<int64_t>(1024, end - i);
      // The sums are read as the bits they are made of.
      uint32_t bits[1024];
      for (int64_t k = 0; k < n; ++k) bits[k] = std::bit_cast<uint32_t>(state.sums[i + k]);
      shade_kernels().intensity(bits, n, entries);
      for (int64_t k = 0; k < n; ++k) index[i + k] = table[entries[k]];
    }
  });
}

}  // namespace nk
