// Averages over windows that lie side by side, and their gradient.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

// Planes are (height, width) in C order, and become (height / kernel_y, width / kernel_x): rows and
// columns that fill no window count for none.
struct PoolPlane {
  int64_t height, width, kernel_y, kernel_x;
};

template <class T>
struct PoolTable {
  // The sum over each window, row by row, divided by the number of its values.
  void (*forward)(const PoolPlane& s, const T* x, T* out) noexcept;
  void (*backward)(const PoolPlane& s, const T* grad_out, T* grad_x) noexcept;
};

struct PoolKernels {
  PoolTable<float> f32;
  PoolTable<double> f64;
};

// Over `planes` planes on up to `threads` threads.
void mean_pool(const PoolPlane& s, int64_t planes, const float* x, float* out,
               int threads) noexcept;
void mean_pool(const PoolPlane& s, int64_t planes, const double* x, double* out,
               int threads) noexcept;
void mean_pool_backward(const PoolPlane& s, int64_t planes, const float* grad_out, float* grad_x,
                        int threads) noexcept;
void mean_pool_backward(const PoolPlane& s, int64_t planes, const double* grad_out, double* grad_x,
                        int threads) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(PoolKernels, pool_kernels)
