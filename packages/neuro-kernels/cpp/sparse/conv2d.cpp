#include "neuro_kernels/sparse/conv2d.hpp"

#include <algorithm>
#include <atomic>

#include "neuro_kernels/core/pool.hpp"
#include "scratch.hpp"

namespace nk {
namespace {

// Below this many sums a second thread costs more than it saves.
constexpr int64_t kSumsPerThread = 1 << 17;
// The gradient is summed in this many parts, always, so that it does not depend on the threads.
constexpr int64_t kMostParts = 16, kPartsBytes = 32 << 20;

template <class T>
const ConvImage<T>& kernels() noexcept;
template <>
const ConvImage<float>& kernels() noexcept {
  return conv_kernels().f32;
}
template <>
const ConvImage<double>& kernels() noexcept {
  return conv_kernels().f64;
}

// The taps of one axis, with their memory.
struct Axis {
  Memory<int32_t> memory;
  ConvTaps taps{};

  bool build(const ConvAxis& a) noexcept {
    const int64_t most = std::max<int64_t>(1, std::min(a.in, a.out) * a.kernel);
    memory.reset(static_cast<int32_t*>(
        std::malloc(static_cast<size_t>(a.in + 1 + 2 * most) * sizeof(int32_t))));
    if (!memory) return false;
    int32_t *first = memory.get(), *tap = first + a.in + 1, *out = tap + most;
    int32_t count = 0;
    for (int64_t i = 0; i < a.in; ++i) {
      first[i] = count;
      // Backwards, in the order of the outputs.
      for (int64_t k = a.kernel - 1; k >= 0; --k) {
        const int64_t at = i + a.padding - k * a.dilation;
        if (at < 0 || at % a.stride != 0 || at / a.stride >= a.out) continue;
        tap[count] = static_cast<int32_t>(a.kernel - 1 - k);
        out[count++] = static_cast<int32_t>(at / a.stride);
      }
    }
    first[a.in] = count;
    taps = {first, tap, out};
    return true;
  }
};

template <class T>
int64_t sums_size(const ConvShape& s) noexcept {
  return s.y.out * s.x.out * s.groups * packed_outputs<T>(s.out_channels / s.groups);
}

template <class Body>
void each(int64_t count, int64_t work, int threads, Body&& body) noexcept {
  threads = static_cast<int>(
      std::min<int64_t>(std::min(threads, num_threads()), std::max<int64_t>(1, work)));
  if (threads > 1)
    parallel_for(count, body);
  else
    for (int64_t i = 0; i < count; ++i) body(i);
}

template <class T>
void pack(const ConvShape& s, const T* weight, T* packed) noexcept {
  const int64_t outputs = s.out_channels / s.groups, padded = packed_outputs<T>(outputs);
  const int64_t channels = s.channels / s.groups, taps = s.y.kernel * s.x.kernel;
  for (int64_t c = 0; c < s.channels; ++c)
    for (int64_t tap = taps - 1; tap >= 0; --tap, packed += padded) {
      const T* from = weight + (c / channels * outputs * channels + c % channels) * taps + tap;
      for (int64_t o = 0; o < padded; ++o)
        packed[o] = o < outputs ? from[o * channels * taps] : T(0);
    }
}

template <class T>
void unpack(const ConvShape& s, const T* packed, T* weight) noexcept {
  const int64_t outputs = s.out_channels / s.groups, padded = packed_outputs<T>(outputs);
  const int64_t channels = s.channels / s.groups, taps = s.y.kernel * s.x.kernel;
  for (int64_t c = 0; c < s.channels; ++c)
    for (int64_t tap = taps - 1; tap >= 0; --tap, packed += padded) {
      T* to = weight + (c / channels * outputs * channels + c % channels) * taps + tap;
      for (int64_t o = 0; o < outputs; ++o) to[o * channels * taps] = packed[o];
    }
}

template <class T>
bool forward(const ConvShape& s, const RowEvents<T>& x, const T* packed, const T* bias, T* out,
             int threads) noexcept {
  Axis ty, tx;
  if (!ty.build(s.y) || !tx.build(s.x)) return false;
  const int64_t size = sums_size<T>(s), image = s.out_channels * s.y.out * s.x.out;
  const int64_t work = x.rows * size / kSumsPerThread;
  const int64_t chunks = std::min<int64_t>(x.rows, threads > 1 ? 64 : 1);
  std::atomic<bool> enough{true};
  each(chunks, work, threads, [&](int64_t chunk) {
    T* sums = scratch<T, 0>(size);
    if (sums == nullptr) {
      enough = false;
      return;
    }
    for (int64_t r = x.rows * chunk / chunks; r < x.rows * (chunk + 1) / chunks; ++r) {
      const int64_t from = x.offsets[r];
      kernels<T>().forward(s, ty.taps, tx.taps, x.index + from,
                           x.value == nullptr ? nullptr : x.value + from, x.offsets[r + 1] - from,
                           packed, bias, sums, out + r * image);
    }
  });
  return enough;
}

template <class T>
bool weight_grad(const ConvShape& s, const RowEvents<T>& x, const T* grad_out, T* grad_weight,
                 int threads) noexcept {
  Axis ty, tx;
  if (!ty.build(s.y) || !tx.build(s.x)) return false;
  const int64_t size = sums_size<T>(s), image = s.out_channels * s.y.out * s.x.out;
  const int64_t weights = packed_conv_size<T>(s);
  const int64_t parts = std::clamp<int64_t>(
      kPartsBytes / std::max<int64_t>(1, weights * static_cast<int64_t>(sizeof(T))), 1,
      std::clamp<int64_t>(x.rows / 4, 1, kMostParts));
  T* total = scratch<T, 1>(parts * weights);
  if (total == nullptr) return false;
  std::fill_n(total, parts * weights, T(0));
  std::atomic<bool> enough{true};
  each(parts, x.rows * size / kSumsPerThread, threads, [&](int64_t part) {
    T* sums = scratch<T, 0>(size);
    if (sums == nullptr) {
      enough = false;
      return;
    }
    for (int64_t r = x.rows * part / parts; r < x.rows * (part + 1) / parts; ++r) {
      const int64_t from = x.offsets[r];
      kernels<T>().weight_grad(
          s, ty.taps, tx.taps, x.index + from, x.value == nullptr ? nullptr : x.value + from,
          x.offsets[r + 1] - from, grad_out + r * image, sums, total + part * weights);
    }
  });
  for (int64_t part = 1; part < parts; ++part)
    for (int64_t i = 0; i < weights; ++i) total[i] += total[part * weights + i];
  unpack(s, total, grad_weight);
  return enough;
}

}  // namespace

void pack_conv_weight(const ConvShape& s, const float* weight, float* packed) noexcept {
  pack(s, weight, packed);
}
void pack_conv_weight(const ConvShape& s, const double* weight, double* packed) noexcept {
  pack(s, weight, packed);
}
bool conv2d_forward(const ConvShape& s, const RowEvents<float>& x, const float* packed,
                    const float* bias, float* out, int threads) noexcept {
  return forward(s, x, packed, bias, out, threads);
}
bool conv2d_forward(const ConvShape& s, const RowEvents<double>& x, const double* packed,
                    const double* bias, double* out, int threads) noexcept {
  return forward(s, x, packed, bias, out, threads);
}
bool conv2d_weight_grad(const ConvShape& s, const RowEvents<float>& x, const float* grad_out,
                        float* grad_weight, int threads) noexcept {
  return weight_grad(s, x, grad_out, grad_weight, threads);
}
bool conv2d_weight_grad(const ConvShape& s, const RowEvents<double>& x, const double* grad_out,
                        double* grad_weight, int threads) noexcept {
  return weight_grad(s, x, grad_out, grad_weight, threads);
}

}  // namespace nk
