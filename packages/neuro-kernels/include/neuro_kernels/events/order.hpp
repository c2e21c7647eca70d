// Order of event times.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct OrderKernels {
  // Whether no time is below the one before it.
  bool (*is_sorted)(const int64_t* t, int64_t n) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(OrderKernels, order_kernels)
