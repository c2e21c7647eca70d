// Adding the weights of an entry to the outputs that it reaches. For *.isa.cpp files only.
#pragma once

#include "neuro_kernels/sparse/infer.hpp"

namespace nk::NK_ISA {
namespace {

// to += scale * w over full vectors; a fixed inner count becomes one vector operation.
template <class T, bool Ones>
inline void add_row(T* __restrict to, const T* __restrict w, int64_t n, T scale) {
  constexpr int64_t kLanes = kInferVectorBytes / static_cast<int64_t>(sizeof(T));
  for (int64_t o = 0; o < n; o += kLanes)
    for (int64_t l = 0; l < kLanes; ++l) {
      if constexpr (Ones)
        to[o + l] += w[o + l];
      else
        to[o + l] += scale * w[o + l];
    }
}

// The taps of one row of the kernel. Weights stand in reverse order along x, so that with a stride
// and dilation of 1 they meet the outputs in ascending order: all of them are one run.
template <class T, bool Ones>
inline void add_taps(const Scatter<T>& s, int64_t x, const T* weights, T* row, T scale) {
  const int64_t outputs = s.outputs, last = s.kernel[1] - 1, from = x + s.padding[1];
  if (s.stride[1] == 1 && s.dilation[1] == 1) {
    const int64_t first = from > last ? from - last : 0;
    const int64_t end = from + 1 < s.out_width ? from + 1 : s.out_width;
    if (first < end)
      add_row<T, Ones>(row + first * outputs, weights + (last - from + first) * outputs,
                       (end - first) * outputs, scale);
    return;
  }
  for (int64_t kx = 0; kx <= last; ++kx) {
    const int64_t at = from - kx * s.dilation[1];
    if (at < 0) break;
    const int64_t ox = at / s.stride[1];
    if (ox * s.stride[1] == at && ox < s.out_width)
      add_row<T, Ones>(row + ox * outputs, weights + (last - kx) * outputs, outputs, scale);
  }
}

}  // namespace
}  // namespace nk::NK_ISA
