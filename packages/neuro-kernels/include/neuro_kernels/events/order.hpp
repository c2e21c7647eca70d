// Order of event times.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct TimeRange {
  int64_t first = 0, last = 0;
};

struct OrderKernels {
  // Whether no time is below the one before it.
  bool (*is_sorted)(const int64_t* t, int64_t n) noexcept;
  // The earliest and the latest of at least one time.
  TimeRange (*range)(const int64_t* t, int64_t n) noexcept;
  int64_t (*latest)(const int64_t* t, int64_t n) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(OrderKernels, order_kernels)
