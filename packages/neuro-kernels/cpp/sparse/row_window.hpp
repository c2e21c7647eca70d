// Convolution of listed entries with the outputs around the current pixel in registers. Entries
// come sorted along rows, so that a window of outputs slides with them, and every output is read
// and written once per row instead of once per entry and tap. For *.isa.cpp files only.
#pragma once

#include "lanes.hpp"
#include "neuro_kernels/sparse/stage.hpp"

namespace nk::NK_ISA {
namespace {

// Rows ky .. ky + KY - 1 of a kernel KX wide, V vectors of outputs from `first` on. Stride and
// dilation are 1.
template <class T, int KY, int KX, int V>
class RowWindow {
  using L = Lanes<T>;
  using Vector = typename L::V;

 public:
  RowWindow(const Placed<T>& p, int64_t ky, int64_t first, T* drive)
      : s_(p.scatter), ky_(ky), first_(first), drive_(drive) {}

  template <bool Ones>
  void add(const Placed<T>& p, const int32_t* index, const T* value, int64_t count) {
    const auto channels = static_cast<uint32_t>(s_.channels);
    const int64_t kernel_row = KX * s_.outputs;
    Vector sum[KY][KX][V];
    clear(sum);
    int64_t y = 0, x = 0;
    for (int64_t e = 0; e < count; ++e) {
      const auto at = static_cast<uint32_t>(index[e]);
      const uint32_t pixel = p.shift >= 0 ? at >> p.shift : at / channels;
      const int32_t place = p.places[pixel];
      if (place < 0) continue;
      const int64_t to_y = place >> 16, to_x = place & 0xffff;
      if (to_y != y || to_x < x || to_x >= x + KX) {
        NK_UNROLL for (int j = 0; j < KX; ++j) flush(sum, j, y, x + j);
        clear(sum);
      } else {
        for (; x < to_x; ++x) slide(sum, y, x);
      }
      y = to_y, x = to_x;
      const T* w = s_.weight + (at - pixel * channels) * s_.kernel[0] * kernel_row +
                   ky_ * kernel_row + first_;
      const Vector scale = L::splat(Ones ? T(1) : value[e]);
      NK_UNROLL for (int r = 0; r < KY; ++r) NK_UNROLL for (int j = 0; j < KX; ++j)
          NK_UNROLL for (int k = 0; k < V; ++k) {
        const Vector tap = L::load(w + r * kernel_row + j * s_.outputs + k * L::n);
        if constexpr (Ones)
          L::add(sum[r][j][k], tap);
        else
          L::add(sum[r][j][k], tap, scale);
      }
    }
    NK_UNROLL for (int j = 0; j < KX; ++j) flush(sum, j, y, x + j);
  }

 private:
  static void clear(Vector (&sum)[KY][KX][V]) {
    NK_UNROLL for (int r = 0; r < KY; ++r) NK_UNROLL for (int j = 0; j < KX; ++j)
        NK_UNROLL for (int k = 0; k < V; ++k) sum[r][j][k] = L::splat(T(0));
  }

  // Adds column j of the window, which belongs to the output `column` - KX + 1 + padding.
  void flush(const Vector (&sum)[KY][KX][V], int j, int64_t y, int64_t column) const {
    const int64_t ox = column + s_.padding[1] - (KX - 1);
    if (ox < 0 || ox >= s_.out_width) return;
    NK_UNROLL for (int r = 0; r < KY; ++r) {
      const int64_t oy = y + s_.padding[0] - ky_ - r;
      if (oy < 0 || oy >= s_.out_height) continue;
      T* to = drive_ + (oy * s_.out_width + ox) * s_.outputs + first_;
      NK_UNROLL for (int k = 0; k < V; ++k) {
        Vector v = L::load(to + k * L::n);
        L::add(v, sum[r][j][k]);
        L::store(to + k * L::n, v);
      }
    }
  }

  void slide(Vector (&sum)[KY][KX][V], int64_t y, int64_t x) const {
    flush(sum, 0, y, x);
    NK_UNROLL for (int r = 0; r < KY; ++r) {
      NK_UNROLL for (int j = 0; j + 1 < KX; ++j) NK_UNROLL for (int k = 0; k < V; ++k)
          sum[r][j][k] = sum[r][j + 1][k];
      NK_UNROLL for (int k = 0; k < V; ++k) sum[r][KX - 1][k] = L::splat(T(0));
    }
  }

  const Scatter<T>& s_;
  int64_t ky_, first_;
  T* drive_;
};

template <class T, int KY, int KX, bool Ones>
void slide_rows(const Placed<T>& p, const int32_t* index, const T* value, int64_t count, T* drive) {
  // As many vectors as leave the sums in registers: 32 of AVX-512, 16 otherwise.
  constexpr int V = NK_LANE_BYTES == 64 ? 2 : 1;
  constexpr int64_t n = Lanes<T>::n;
  for (int64_t ky = 0; ky < p.scatter.kernel[0]; ky += KY) {
    int64_t first = 0;
    for (; first + V * n <= p.scatter.outputs; first += V * n)
      RowWindow<T, KY, KX, V>(p, ky, first, drive).template add<Ones>(p, index, value, count);
    for (; first < p.scatter.outputs; first += n)
      RowWindow<T, KY, KX, 1>(p, ky, first, drive).template add<Ones>(p, index, value, count);
  }
}

// False: no window of this kernel.
template <class T, bool Ones>
bool slide(const Placed<T>& p, const int32_t* index, const T* value, int64_t count, T* drive) {
  const Scatter<T>& s = p.scatter;
  if (s.width == 0 || s.stride[0] != 1 || s.stride[1] != 1) return false;
  if (s.dilation[0] != 1 || s.dilation[1] != 1) return false;
  if (s.kernel[1] == 3 && s.kernel[0] == 3)
    slide_rows<T, 3, 3, Ones>(p, index, value, count, drive);
  else if (s.kernel[1] == 5)
    slide_rows<T, 1, 5, Ones>(p, index, value, count, drive);
  else if (s.kernel[1] == 7)
    slide_rows<T, 1, 7, Ones>(p, index, value, count, drive);
  else
    return false;
  return true;
}

}  // namespace
}  // namespace nk::NK_ISA
