// Listed entries of frames: from dense arrays, through pooling, and back.
#include <cstddef>
#include <new>

#include "neuro_kernels/sparse/infer.hpp"
#include "neuro_kernels/sparse/stage.hpp"

namespace nk {
namespace {

template <class T>
void push(FrameEvents<T>& out, int64_t index, T value) {
  if (value != T(1) && out.value.empty()) out.value.assign(out.index.size(), T(1));
  // While nothing is listed yet, an empty list of values cannot tell; `index` decides.
  const bool with_values = !out.value.empty() || value != T(1);
  out.index.push_back(static_cast<int32_t>(index));
  if (with_values) out.value.push_back(value);
}

template <class T>
int64_t list_row(const T* row, int64_t n, int32_t* index) noexcept {
  if constexpr (sizeof(T) == sizeof(float))
    return stage_kernels().f32.list(row, 0, n, index);
  else
    return stage_kernels().f64.list(row, 0, n, index);
}

template <class T>
void list_all(const T* x, int64_t frames, int64_t channels, int64_t positions, int64_t limit,
              FrameEvents<T>& out) {
  out = FrameEvents<T>{};
  out.offsets.reserve(static_cast<std::size_t>(frames) + 1);
  std::vector<int32_t> places(static_cast<std::size_t>(positions) + 16);
  for (int64_t f = 0; f < frames && static_cast<int64_t>(out.index.size()) <= limit; ++f) {
    for (int64_t c = 0; c < channels; ++c) {
      const T* row = x + (f * channels + c) * positions;
      const auto found = static_cast<std::size_t>(list_row(row, positions, places.data()));
      const std::size_t before = out.index.size();
      out.index.resize(before + found);
      int32_t* index = out.index.data() + before;
      bool ones = out.value.empty();
      for (std::size_t e = 0; e < found; ++e) {
        ones &= row[places[e]] == T(1);
        index[e] = static_cast<int32_t>(places[e] * channels + c);
      }
      if (ones) continue;
      if (out.value.empty()) out.value.assign(before, T(1));
      for (std::size_t e = 0; e < found; ++e) out.value.push_back(row[places[e]]);
    }
    out.offsets.push_back(static_cast<int64_t>(out.index.size()));
  }
}

template <class T>
void pool_all(const FrameEvents<T>& x, const PoolShape& s, T scale, FrameEvents<T>& out) {
  out = FrameEvents<T>{};
  out.index.reserve(x.index.size());
  for (int64_t f = 0; f < x.frames(); ++f) {
    const auto from = static_cast<std::size_t>(x.offsets[static_cast<std::size_t>(f)]);
    const auto end = static_cast<std::size_t>(x.offsets[static_cast<std::size_t>(f) + 1]);
    for (std::size_t e = from; e < end; ++e) {
      const int64_t pixel = x.index[e] / s.channels, channel = x.index[e] - pixel * s.channels;
      const int64_t y = pixel / s.width + s.padding[0];
      const int64_t column = pixel % s.width + s.padding[1];
      const T value = (x.value.empty() ? T(1) : x.value[e]) * scale;
      // The windows that hold a coordinate: those that begin up to kernel - 1 before it.
      for (int64_t oy = y / s.stride[0]; oy >= 0 && oy * s.stride[0] + s.kernel[0] > y; --oy) {
        if (oy >= s.out_height) continue;
        for (int64_t ox = column / s.stride[1]; ox >= 0 && ox * s.stride[1] + s.kernel[1] > column;
             --ox)
          if (ox < s.out_width) push(out, (oy * s.out_width + ox) * s.channels + channel, value);
      }
    }
    out.offsets.push_back(static_cast<int64_t>(out.index.size()));
  }
}

template <class T>
void dense_all(const FrameEvents<T>& x, int64_t step, int64_t channels, int64_t positions,
               T* out) noexcept {
  for (int64_t f = 0; f < x.frames(); ++f) {
    T* frame = out + f * channels * positions;
    const auto from = static_cast<std::size_t>(x.offsets[static_cast<std::size_t>(f)]);
    const auto end = static_cast<std::size_t>(x.offsets[static_cast<std::size_t>(f) + 1]);
    for (std::size_t e = from; e < end; ++e) {
      const int64_t position = x.index[e] / step, channel = x.index[e] - position * step;
      if (channel < channels && position < positions)
        frame[channel * positions + position] += x.value.empty() ? T(1) : x.value[e];
    }
  }
}

template <class Body>
bool guarded(Body&& body) noexcept {
  try {
    body();
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

}  // namespace

bool infer_list(const float* x, int64_t frames, int64_t channels, int64_t positions,
                FrameEvents<float>& out, int64_t limit) noexcept {
  return guarded([&] { list_all(x, frames, channels, positions, limit, out); });
}
bool infer_list(const double* x, int64_t frames, int64_t channels, int64_t positions,
                FrameEvents<double>& out, int64_t limit) noexcept {
  return guarded([&] { list_all(x, frames, channels, positions, limit, out); });
}

bool infer_pool(const FrameEvents<float>& x, const PoolShape& s, float scale,
                FrameEvents<float>& out) noexcept {
  return guarded([&] { pool_all(x, s, scale, out); });
}
bool infer_pool(const FrameEvents<double>& x, const PoolShape& s, double scale,
                FrameEvents<double>& out) noexcept {
  return guarded([&] { pool_all(x, s, scale, out); });
}

void infer_dense(const FrameEvents<float>& x, int64_t step, int64_t channels, int64_t positions,
                 float* out) noexcept {
  dense_all(x, step, channels, positions, out);
}
void infer_dense(const FrameEvents<double>& x, int64_t step, int64_t channels, int64_t positions,
                 double* out) noexcept {
  dense_all(x, step, channels, positions, out);
}

}  // namespace nk
