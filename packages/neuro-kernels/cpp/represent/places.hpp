// Where events lie in a frame, computed for whole blocks. For .isa.cpp files only: everything has
// internal linkage.
#pragma once

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/represent/frame.hpp"

namespace nk {
namespace {

constexpr int64_t kBlock = 256;

inline int64_t place_of(const Columns& e, int64_t i, const FrameShape& shape) noexcept {
  return (e.p[i] != 0) * shape.polarity_stride + int64_t{e.y[i]} * shape.width + e.x[i];
}

inline bool inside(const Columns& e, int64_t i, const FrameShape& shape) noexcept {
  return e.x[i] < shape.width && e.y[i] < shape.height;
}

// Writes the places of `n` events to `place`; false if one of them lies outside the frame. Places
// have 32 bits: frames with more cells take the careful path alone.
inline bool block_places(const Columns& e, int64_t first, int64_t n, const FrameShape& shape,
                         uint32_t* place) noexcept {
  const uint16_t* __restrict x = e.x + first;
  const uint16_t* __restrict y = e.y + first;
  const uint8_t* __restrict p = e.p + first;
  const auto width = static_cast<uint32_t>(shape.width);
  const auto height = static_cast<uint32_t>(shape.height);
  const auto stride = static_cast<uint32_t>(shape.polarity_stride);
  uint32_t bad = 0;
  for (int64_t k = 0; k < n; ++k) {
    const uint32_t column = x[k], row = y[k];
    bad |= static_cast<uint32_t>(column >= width) | static_cast<uint32_t>(row >= height);
    place[k] = row * width + column + (p[k] != 0 ? stride : 0u);
  }
  return bad == 0;
}

// Asks for the cells of a block before they are needed: a frame lies in the third-level cache,
// whose latency the processor's own window of instructions does not hide (measured: twice the
// events/s).
template <class T>
inline void fetch(const T* cells, const uint32_t* place, int64_t n) noexcept {
#if defined(__GNUC__)
  if (cells == nullptr) return;
  for (int64_t k = 0; k < n; ++k) __builtin_prefetch(cells + place[k], 1, 2);
#else
  (void)cells, (void)place, (void)n;
#endif
}

// `cells` is what to ask for in advance, or null where a kernel does that itself.
// Calls `whole(first, n, place)` for blocks of events that all lie inside, and `one(i)` for the
// events inside of all others; returns the number of events outside.
template <class T, class Whole, class One>
inline int64_t for_places(const Columns& e, const FrameShape& shape, const T* cells, Whole whole,
                          One one) noexcept {
  int64_t outside = 0;
  uint32_t place[kBlock];
  const bool fits = shape.cells <= int64_t{UINT32_MAX};
  for (int64_t first = 0; first < e.n; first += kBlock) {
    const int64_t n = e.n - first < kBlock ? e.n - first : kBlock;
    if (fits && block_places(e, first, n, shape, place)) {
      fetch(cells, place, n);
      whole(first, n, place);
      continue;
    }
    for (int64_t i = first; i < first + n; ++i) {
      if (inside(e, i, shape))
        one(i);
      else
        ++outside;
    }
  }
  return outside;
}

}  // namespace
}  // namespace nk
