// Convolution of listed entries with the outputs around the current pixel in registers. Entries
// come sorted along rows, so that a window of outputs slides with them, and every output is read
// and written once per row instead of once per entry and tap. For *.isa.cpp files only.
#pragma once

#include "lanes.hpp"
#include "neuro_kernels/sparse/stage.hpp"

namespace nk::NK_ISA {
namespace {

// As many channels as every padded number of them is a multiple of, as bits: those of a pooling
// window's pixels, up to four pixels at a time.
template <class T>
class WindowBits {
 public:
  static constexpr int64_t bytes = kInferVectorBytes / static_cast<int64_t>(sizeof(T)) / 8;

  WindowBits(const uint8_t* first, int64_t row_bytes, int64_t pixel_bytes, const int64_t* window)
      : row_(first), row_bytes_(row_bytes), pixel_bytes_(pixel_bytes), window_(window) {}

  bool more() const { return y_ < window_[0]; }

  // Those of the next pixels, side by side.
  uint64_t next() {
    uint64_t set = 0;
    for (int k = 0; k < 4 && more(); ++k) set |= take() << (k * bytes * 8);
    return set;
  }

  // Those that any pixel has.
  uint64_t any() {
    uint64_t set = 0;
    while (more()) set |= take();
    return set;
  }

 private:
  uint64_t take() {
    uint64_t word = 0;
    __builtin_memcpy(&word, row_ + x_ * pixel_bytes_, bytes);
    if (++x_ == window_[1]) x_ = 0, ++y_, row_ += row_bytes_;
    return word;
  }

  const uint8_t* row_;
  int64_t row_bytes_, pixel_bytes_;
  const int64_t* window_;
  int64_t x_ = 0, y_ = 0;
};

// Rows ky .. ky + KY - 1 of a kernel KX wide, V vectors of outputs from `first` on. Stride and
// dilation are 1.
template <class T, int KY, int KX, int V>
class RowWindow {
  using L = Lanes<T>;
  using Vector = typename L::V;
  using Gather = WindowBits<T>;
  static constexpr int64_t kWordBytes = Gather::bytes;

 public:
  RowWindow(const Placed<T>& p, int64_t ky, int64_t first, T* drive)
      : s_(p.scatter), ky_(ky), first_(first), drive_(drive) {}

  template <bool Ones>
  void add(const Placed<T>& p, const int32_t* index, const T* value, int64_t count) {
    const auto channels = static_cast<uint32_t>(s_.channels);
    Vector sum[KY][KX][V];
    clear(sum);
    int64_t y = 0, x = 0;
    for (int64_t e = 0; e < count; ++e) {
      const auto at = static_cast<uint32_t>(index[e]);
      const uint32_t pixel = p.shift >= 0 ? at >> p.shift : at / channels;
      const int32_t place = p.places[pixel];
      if (place < 0) continue;
      move(sum, y, x, place >> 16, place & 0xffff);
      tap<Ones>(sum, at - pixel * channels, L::splat(Ones ? T(1) : value[e]));
    }
    NK_UNROLL for (int j = 0; j < KX; ++j) flush(sum, j, y, x + j);
  }

  // The spikes of a frame, those of the pixels of a pooling window together.
  template <bool Once>
  void add_bits(const Placed<T>& p, const uint8_t* bits) {
    const int64_t pixel_bytes = s_.channels / 8, row_bytes = p.width * pixel_bytes;
    const int64_t last_row = p.height / p.window[0], last_column = p.width / p.window[1];
    Vector sum[KY][KX][V];
    clear(sum);
    int64_t y = 0, x = 0;
    for (int64_t row = 0; row < last_row; ++row) {
      for (int64_t column = 0; column < last_column; ++column) {
        const uint8_t* window =
            bits + row * p.window[0] * row_bytes + column * p.window[1] * pixel_bytes;
        for (int64_t group = 0; group < pixel_bytes; group += kWordBytes) {
          Gather gather(window + group, row_bytes, pixel_bytes, p.window);
          do {
            uint64_t set = Once ? gather.any() : gather.next();
            if (set == 0) continue;
            move(sum, y, x, row, column);
            for (; set != 0; set &= set - 1)
              tap<true>(sum, group * 8 + __builtin_ctzll(set) % (kWordBytes * 8), Vector{});
          } while (gather.more());
        }
      }
    }
    NK_UNROLL for (int j = 0; j < KX; ++j) flush(sum, j, y, x + j);
  }

 private:
  NK_IN_PLACE static void clear(Vector (&sum)[KY][KX][V]) {
    NK_UNROLL for (int r = 0; r < KY; ++r) NK_UNROLL for (int j = 0; j < KX; ++j)
        NK_UNROLL for (int k = 0; k < V; ++k) sum[r][j][k] = L::splat(T(0));
  }

  // Lets the window begin at column `to_x` of row `to_y`.
  NK_IN_PLACE void move(Vector (&sum)[KY][KX][V], int64_t& y, int64_t& x, int64_t to_y,
                        int64_t to_x) const {
    if (to_y != y || to_x < x || to_x >= x + KX) {
      NK_UNROLL for (int j = 0; j < KX; ++j) flush(sum, j, y, x + j);
      clear(sum);
    } else {
      for (; x < to_x; ++x) slide(sum, y, x);
    }
    y = to_y, x = to_x;
  }

  template <bool Ones>
  NK_IN_PLACE void tap(Vector (&sum)[KY][KX][V], int64_t channel, const Vector& scale) const {
    const int64_t kernel_row = KX * s_.outputs;
    const T* w = s_.weight + channel * s_.kernel[0] * kernel_row + ky_ * kernel_row + first_;
    NK_UNROLL for (int r = 0; r < KY; ++r) NK_UNROLL for (int j = 0; j < KX; ++j)
        NK_UNROLL for (int k = 0; k < V; ++k) {
      const Vector weight = L::load(w + r * kernel_row + j * s_.outputs + k * L::n);
      if constexpr (Ones)
        L::add(sum[r][j][k], weight);
      else
        L::add(sum[r][j][k], weight, scale);
    }
  }

  // Adds column j of the window, which belongs to the output `column` - KX + 1 + padding.
  NK_IN_PLACE void flush(const Vector (&sum)[KY][KX][V], int j, int64_t y, int64_t column) const {
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

  NK_IN_PLACE void slide(Vector (&sum)[KY][KX][V], int64_t y, int64_t x) const {
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

// Calls add(window) for windows that cover the kernel's rows and all outputs.
template <class T, int KY, int KX, class Add>
void each_window(const Placed<T>& p, T* drive, Add&& add) {
  // As many vectors as leave the sums in registers: 32 of AVX-512, 16 otherwise.
  constexpr int V = NK_LANE_BYTES == 64 ? 2 : 1;
  constexpr int64_t n = Lanes<T>::n;
  for (int64_t ky = 0; ky < p.scatter.kernel[0]; ky += KY) {
    int64_t first = 0;
    for (; first + V * n <= p.scatter.outputs; first += V * n)
      add(RowWindow<T, KY, KX, V>(p, ky, first, drive));
    for (; first < p.scatter.outputs; first += n) add(RowWindow<T, KY, KX, 1>(p, ky, first, drive));
  }
}

// False: no window of this kernel.
template <class T, class Add>
bool slide(const Placed<T>& p, T* drive, Add&& add) {
  const Scatter<T>& s = p.scatter;
  if (s.width == 0 || s.stride[0] != 1 || s.stride[1] != 1) return false;
  if (s.dilation[0] != 1 || s.dilation[1] != 1) return false;
  if (s.kernel[1] == 3 && s.kernel[0] == 3)
    each_window<T, 3, 3>(p, drive, add);
  else if (s.kernel[1] == 5)
    each_window<T, 1, 5>(p, drive, add);
  else if (s.kernel[1] == 7)
    each_window<T, 1, 7>(p, drive, add);
  else
    return false;
  return true;
}

}  // namespace
}  // namespace nk::NK_ISA
