// From what is remembered of each pixel to an entry of a table of palette indices. The entries of a
// run of pixels are computed with vector instructions; the caller looks them up.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct ShadeKernels {
  // entry = polarity * 4096 + min(max(moment - (stamp >> 1), 0) >> shift, 4095), for moments from
  // 2^30 to 2^31 - 1, by which an untouched pixel (stamp 0) is older than any table reaches.
  void (*recency)(const uint32_t* stamps, int64_t n, int32_t moment, int shift,
                  uint16_t* entries) noexcept;

  // entry = polarity * 8192 + the upper 13 bits of the magnitude; the sign bit tells OFF.
  void (*intensity)(const uint32_t* sums, int64_t n, uint16_t* entries) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(ShadeKernels, shade_kernels)
