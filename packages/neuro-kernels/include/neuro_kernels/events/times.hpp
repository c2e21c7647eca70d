// New times for events: stretched, or moved at random.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct TimesKernels {
  // out[i] = origin + floor((t[i] - origin) * factor + 0.5), in double precision; what lies outside
  // of +-2^62 becomes that limit.
  void (*stretch)(const int64_t* t, int64_t n, int64_t origin, double factor,
                  int64_t* out) noexcept;
  // out[i] = t[i] + a random whole number from -most_us to most_us, which depends on number + i and
  // the seed alone. 0 <= most_us < 2^31. The numbers are SplitMix64's (G. Steele, D. Lea, C. Flood,
  // "Fast splittable pseudorandom number generators", OOPSLA 2014), taken to the range by a product
  // of their upper halves.
  void (*jitter)(const int64_t* t, int64_t n, uint64_t number, uint64_t seed, int64_t most_us,
                 int64_t* out) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(TimesKernels, times_kernels)
