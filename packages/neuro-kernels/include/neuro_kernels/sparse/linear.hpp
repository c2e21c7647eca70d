// Matrix products whose left side is mostly zero: only the rows of the weight that belong to
// nonzero entries are read.
//
// The weight of a layer, (outputs, inputs), is first packed: transposed, in blocks of
// kPackedBytes / sizeof(T) outputs, the last one padded to full vectors, so that the part of an
// input is contiguous. Sums run over a row's entries in ascending order, whatever the instruction
// set and the number of threads.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/sparse/row_events.hpp"

namespace nk {

constexpr int64_t kPackedBytes = 512, kVectorBytes = 64;

// Outputs with padding: each vector is full.
template <class T>
constexpr int64_t packed_outputs(int64_t outputs) noexcept {
  constexpr int64_t lanes = kVectorBytes / static_cast<int64_t>(sizeof(T));
  return (outputs + lanes - 1) / lanes * lanes;
}

template <class T>
struct LinearForward {
  RowEvents<T> x;
  int64_t outputs;
  const T* weight;     // packed
  const T* start;      // what the sums start with; null: zero
  int64_t start_step;  // elements from one row of `start` to the next: `outputs`, or 0 for a bias
  T* out;              // (rows, outputs); may be the same memory as `start`
};

// packed has inputs * packed_outputs(outputs) elements.
void pack_weight(const float* weight, int64_t outputs, int64_t inputs, float* packed) noexcept;
void pack_weight(const double* weight, int64_t outputs, int64_t inputs, double* packed) noexcept;

void linear_forward(const LinearForward<float>& p, int threads) noexcept;
void linear_forward(const LinearForward<double>& p, int threads) noexcept;

// The same bits from a weight that is not packed, (outputs, inputs): for a few events only.
void linear_forward_unpacked(const LinearForward<float>& p) noexcept;
void linear_forward_unpacked(const LinearForward<double>& p) noexcept;

// grad_weight (outputs, inputs) = grad_out (rows, outputs) transposed times x. False: no memory.
bool linear_weight_grad(const RowEvents<float>& x, int64_t outputs, const float* grad_out,
                        float* grad_weight, int threads) noexcept;
bool linear_weight_grad(const RowEvents<double>& x, int64_t outputs, const double* grad_out,
                        double* grad_weight, int threads) noexcept;

// The chunk functions.
constexpr int64_t kGradRows = 256;  // rows whose gradients stay in the second-level cache

// The entries of up to kGradRows rows by column: those of column k are
// [offsets[k], offsets[k + 1]), in ascending order of rows.
template <class T>
struct ColumnEvents {
  const int32_t* offsets;
  const uint16_t* row;
  const T* value;  // null: every entry is 1
};

template <class T>
struct LinearRows {
  // Transposes outputs [first, first + width) from (outputs, inputs) to (inputs, width), and back
  // for inputs [begin, end).
  void (*pack)(const T* weight, int64_t outputs, int64_t inputs, int64_t first, int64_t width,
               T* block) noexcept;
  void (*unpack)(const T* block, int64_t outputs, int64_t inputs, int64_t first, int64_t width,
                 int64_t begin, int64_t end, T* weight) noexcept;
  void (*forward)(const LinearForward<T>& p, int64_t begin, int64_t end) noexcept;
  // Adds the products of columns [begin, end) to block (inputs, width); grad is (rows, width).
  void (*weight_grad)(const ColumnEvents<T>& x, int64_t begin, int64_t end, const T* grad,
                      int64_t width, T* block) noexcept;
};

struct LinearKernels {
  LinearRows<float> f32;
  LinearRows<double> f64;
};

}  // namespace nk

NK_KERNEL_TABLE(LinearKernels, linear_kernels)
