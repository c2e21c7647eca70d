// Transposition in squares that stay in the first-level cache. For *.isa.cpp files only.
#pragma once

#include <cstdint>

namespace nk::NK_ISA {
namespace {

// to[c * to_step + r] = from[r * from_step + c] (+ add[c], unless null) for r < rows, c < columns.
template <class T>
void transpose(const T* from, int64_t from_step, int64_t rows, int64_t columns, T* to,
               int64_t to_step, const T* add = nullptr) {
  constexpr int64_t side = 16;
  for (int64_t r0 = 0; r0 < rows; r0 += side) {
    const int64_t height = rows - r0 < side ? rows - r0 : side;
    for (int64_t c0 = 0; c0 < columns; c0 += side) {
      const int64_t width = columns - c0 < side ? columns - c0 : side;
      alignas(64) T square[side][side];
      const T* source = from + r0 * from_step + c0;
      T* target = to + c0 * to_step + r0;
      if (height == side && width == side) {
        for (int64_t r = 0; r < side; ++r)
          for (int64_t c = 0; c < side; ++c) square[r][c] = source[r * from_step + c];
        for (int64_t c = 0; c < side; ++c) {
          const T more = add == nullptr ? T(0) : add[c0 + c];
          for (int64_t r = 0; r < side; ++r) target[c * to_step + r] = square[r][c] + more;
        }
      } else {
        for (int64_t c = 0; c < width; ++c) {
          const T more = add == nullptr ? T(0) : add[c0 + c];
          for (int64_t r = 0; r < height; ++r)
            target[c * to_step + r] = source[r * from_step + c] + more;
        }
      }
    }
  }
}

}  // namespace
}  // namespace nk::NK_ISA
