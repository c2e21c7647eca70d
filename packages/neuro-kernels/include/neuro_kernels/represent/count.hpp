// Event counts per cell in single bytes: a quarter of the memory of numbers, so that more of it
// stays near the processor.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/represent/frame.hpp"

namespace nk {

// Counts modulo 256, and the cells that passed 255, once for each time.
struct ByteCounts {
  uint8_t* counts = nullptr;
  uint32_t* wraps = nullptr;  // with room for a 256th of all events counted
  int64_t n_wraps = 0;
};

struct CountKernels {
  // Counts the events of a frame of at most 2^32 cells; returns how many lie outside.
  int64_t (*count)(const Columns& events, const FrameShape&, ByteCounts&) noexcept;
  // Writes `n` counts as numbers, as 1 where there are any, or the difference of the second and the
  // first `n`; clears them.
  void (*widen)(ByteCounts&, int64_t n, float* out) noexcept;
  void (*mark)(ByteCounts&, int64_t n, float* out) noexcept;
  void (*subtract)(ByteCounts&, int64_t n, float* out) noexcept;
  // Writes `n` counts as bytes, 255 for more, or as 1 where there are any; clears them.
  void (*keep)(ByteCounts&, int64_t n, uint8_t* out) noexcept;
  void (*mark_bytes)(ByteCounts&, int64_t n, uint8_t* out) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(CountKernels, count_kernels)
