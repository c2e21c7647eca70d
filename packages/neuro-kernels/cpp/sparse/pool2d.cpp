#include "neuro_kernels/sparse/pool2d.hpp"

#include <algorithm>

#include "neuro_kernels/core/pool.hpp"

namespace nk {
namespace {

// Below this many values a second thread costs more than it saves.
constexpr int64_t kValuesPerThread = 1 << 16;

template <class T>
const PoolTable<T>& table() noexcept {
  if constexpr (sizeof(T) == sizeof(float))
    return pool_kernels().f32;
  else
    return pool_kernels().f64;
}

template <class T, class Run>
void each_plane(const PoolPlane& s, int64_t planes, const T* from, T* to, int64_t from_step,
                int64_t to_step, int threads, Run run) noexcept {
  const int64_t most = std::max<int64_t>(1, planes * s.height * s.width / kValuesPerThread);
  threads = static_cast<int>(std::min<int64_t>(std::min(threads, num_threads()), most));
  const int64_t parts = threads > 1 ? std::min<int64_t>(planes, 4 * threads) : 1;
  const auto body = [&](int64_t part) {
    for (int64_t p = planes * part / parts; p < planes * (part + 1) / parts; ++p)
      run(s, from + p * from_step, to + p * to_step);
  };
  if (threads > 1)
    parallel_for(parts, body);
  else
    body(0);
}

int64_t pooled(const PoolPlane& s) noexcept {
  return (s.height / s.kernel_y) * (s.width / s.kernel_x);
}

template <class T>
void forward(const PoolPlane& s, int64_t planes, const T* x, T* out, int threads) noexcept {
  each_plane(s, planes, x, out, s.height * s.width, pooled(s), threads, table<T>().forward);
}

template <class T>
void backward(const PoolPlane& s, int64_t planes, const T* grad_out, T* grad_x,
              int threads) noexcept {
  each_plane(s, planes, grad_out, grad_x, pooled(s), s.height * s.width, threads,
             table<T>().backward);
}

}  // namespace

void mean_pool(const PoolPlane& s, int64_t planes, const float* x, float* out,
               int threads) noexcept {
  forward(s, planes, x, out, threads);
}
void mean_pool(const PoolPlane& s, int64_t planes, const double* x, double* out,
               int threads) noexcept {
  forward(s, planes, x, out, threads);
}
void mean_pool_backward(const PoolPlane& s, int64_t planes, const float* grad_out, float* grad_x,
                        int threads) noexcept {
  backward(s, planes, grad_out, grad_x, threads);
}
void mean_pool_backward(const PoolPlane& s, int64_t planes, const double* grad_out, double* grad_x,
                        int threads) noexcept {
  backward(s, planes, grad_out, grad_x, threads);
}

}  // namespace nk
