// Convolution of images that are mostly zero: every nonzero pixel adds its weights to the outputs
// it reaches.
//
// Images are the rows of a RowEvents, (channels, height, width) in C order. Weights, (out_channels,
// channels / groups, kernel_h, kernel_w), are first packed to (channels, kernel_h, kernel_w,
// group_outputs), with the taps of both axes backwards and the last axis padded to full vectors. An
// output is the bias plus the products in ascending order of the input pixels, whatever the
// instruction set and the number of threads.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/sparse/linear.hpp"
#include "neuro_kernels/sparse/row_events.hpp"

namespace nk {

struct ConvAxis {
  int64_t in, out, kernel, stride, padding, dilation;  // padding: before the first pixel
};

struct ConvShape {
  int64_t channels, out_channels, groups;
  ConvAxis y, x;
};

// Elements of the packed weight.
template <class T>
constexpr int64_t packed_conv_size(const ConvShape& s) noexcept {
  return s.channels * s.y.kernel * s.x.kernel * packed_outputs<T>(s.out_channels / s.groups);
}

void pack_conv_weight(const ConvShape& s, const float* weight, float* packed) noexcept;
void pack_conv_weight(const ConvShape& s, const double* weight, double* packed) noexcept;

// out (rows, out_channels, y.out, x.out); bias (out_channels) or null. False: no memory.
bool conv2d_forward(const ConvShape& s, const RowEvents<float>& x, const float* packed,
                    const float* bias, float* out, int threads) noexcept;
bool conv2d_forward(const ConvShape& s, const RowEvents<double>& x, const double* packed,
                    const double* bias, double* out, int threads) noexcept;

// grad_out (rows, out_channels, y.out, x.out) to grad_weight in the shape of the weight.
bool conv2d_weight_grad(const ConvShape& s, const RowEvents<float>& x, const float* grad_out,
                        float* grad_weight, int threads) noexcept;
bool conv2d_weight_grad(const ConvShape& s, const RowEvents<double>& x, const double* grad_out,
                        double* grad_weight, int threads) noexcept;

// The taps through which a pixel at one coordinate of an axis reaches outputs: those of coordinate
// i are [first[i], first[i + 1]).
struct ConvTaps {
  const int32_t *first, *tap, *out;
};

// The chunk functions work on one image. `sums` is (y.out * x.out, groups, padded outputs).
template <class T>
struct ConvImage {
  void (*forward)(const ConvShape& s, const ConvTaps& y, const ConvTaps& x, const int32_t* index,
                  const T* value, int64_t count, const T* packed, const T* bias, T* sums,
                  T* out) noexcept;
  // Adds to grad_packed, in the layout of the packed weight.
  void (*weight_grad)(const ConvShape& s, const ConvTaps& y, const ConvTaps& x,
                      const int32_t* index, const T* value, int64_t count, const T* grad_out,
                      T* sums, T* grad_packed) noexcept;
};

struct ConvKernels {
  ConvImage<float> f32;
  ConvImage<double> f64;
};

}  // namespace nk

NK_KERNEL_TABLE(ConvKernels, conv_kernels)
