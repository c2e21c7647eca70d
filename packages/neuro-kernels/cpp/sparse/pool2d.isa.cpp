// The mean over windows of one plane.
#include "neuro_kernels/sparse/pool2d.hpp"

namespace nk::NK_ISA {
namespace {

// KX is the windows' width where the compiler shall know it, else 0.
template <class T, int KX>
void forward_plane(const PoolPlane& s, const T* __restrict x, T* __restrict out) {
  const int64_t kx = KX > 0 ? KX : s.kernel_x;
  const int64_t rows = s.height / s.kernel_y, columns = s.width / kx;
  const T count = static_cast<T>(s.kernel_y * kx);
  for (int64_t r = 0; r < rows; ++r, out += columns) {
    const T* __restrict from = x + r * s.kernel_y * s.width;
    for (int64_t c = 0; c < columns; ++c) {
      T sum = 0;
      for (int64_t i = 0; i < kx; ++i) sum += from[c * kx + i];
      out[c] = sum;
    }
    for (int64_t k = 1; k < s.kernel_y; ++k) {
      from += s.width;
      for (int64_t c = 0; c < columns; ++c) {
        T sum = out[c];
        for (int64_t i = 0; i < kx; ++i) sum += from[c * kx + i];
        out[c] = sum;
      }
    }
    for (int64_t c = 0; c < columns; ++c) out[c] /= count;
  }
}

template <class T, int KX>
void backward_plane(const PoolPlane& s, const T* __restrict grad_out, T* __restrict grad_x) {
  const int64_t kx = KX > 0 ? KX : s.kernel_x;
  const int64_t rows = s.height / s.kernel_y, columns = s.width / kx;
  const T count = static_cast<T>(s.kernel_y * kx);
  for (int64_t r = 0; r < rows; ++r, grad_out += columns)
    for (int64_t k = 0; k < s.kernel_y; ++k, grad_x += s.width) {
      for (int64_t c = 0; c < columns; ++c) {
        const T share = grad_out[c] / count;
        for (int64_t i = 0; i < kx; ++i) grad_x[c * kx + i] = share;
      }
      for (int64_t c = columns * kx; c < s.width; ++c) grad_x[c] = 0;
    }
  const int64_t rest = (s.height - rows * s.kernel_y) * s.width;
  for (int64_t c = 0; c < rest; ++c) grad_x[c] = 0;
}

template <class T>
void forward(const PoolPlane& s, const T* x, T* out) noexcept {
  switch (s.kernel_x) {
    case 2: return forward_plane<T, 2>(s, x, out);
    case 4: return forward_plane<T, 4>(s, x, out);
    default: return forward_plane<T, 0>(s, x, out);
  }
}

template <class T>
void backward(const PoolPlane& s, const T* grad_out, T* grad_x) noexcept {
  switch (s.kernel_x) {
    case 2: return backward_plane<T, 2>(s, grad_out, grad_x);
    case 4: return backward_plane<T, 4>(s, grad_out, grad_x);
    default: return backward_plane<T, 0>(s, grad_out, grad_x);
  }
}

}  // namespace

const PoolKernels pool_kernels{{&forward<float>, &backward<float>},
                               {&forward<double>, &backward<double>}};

}  // namespace nk::NK_ISA
