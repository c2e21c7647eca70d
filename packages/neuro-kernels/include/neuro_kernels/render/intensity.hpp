// Leaky sum of the events of each pixel, and the index image drawn from it.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/render/recency.hpp"

namespace nk {

// Forward decay: instead of fading every pixel at every event, an event adds exp((t - origin)/tau),
// looked up in `weights`, and the reader multiplies by exp(-(now - origin)/tau). When an event lies
// beyond the table the origin moves by whole tables and all sums are multiplied by `fade` for each.
struct Intensity {
  int64_t width, height;
  float* sums;           // (height, width), zero at the start; negative where the last was OFF
  const float* weights;  // `steps` values exp((k << shift)/tau)
  int64_t steps;
  int shift;
  float fade;  // exp(-(steps << shift)/tau)
  int64_t origin;
  bool started;
};

// Adds events until the first with t >= until; an event before the origin counts as at the origin.
Fed intensity_feed(Intensity& state, const Columns& events, int64_t until) noexcept;

// A sum falls into the bucket of its upper bits as an IEEE 754 number, without the sign: 8 of
// exponent and 5 of mantissa, hence steps of 2 to 3 per cent.
inline constexpr int64_t intensity_buckets = 8192;

// counts[b] = number of pixels whose sum lies in bucket b; those at 0 are not counted.
void intensity_histogram(const Intensity& state, uint32_t* counts) noexcept;

// index[i] = table[last was ON][bucket of the sum]; `table` is (2, intensity_buckets).
void intensity_shade(const Intensity& state, const uint8_t* table, uint8_t* index) noexcept;

}  // namespace nk
