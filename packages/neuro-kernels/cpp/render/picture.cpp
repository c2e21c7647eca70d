#include "neuro_kernels/render/picture.hpp"

#include <algorithm>
#include <cstring>

namespace nk {

void enlarge(const uint8_t* index, int64_t width, int64_t height, int64_t factor,
             uint8_t* out) noexcept {
  const int64_t row = width * factor;
  for (int64_t y = 0; y < height; ++y) {
    uint8_t* first = out + y * factor * row;
    for (int64_t x = 0; x < width; ++x)
      std::memset(first + x * factor, index[y * width + x], static_cast<size_t>(factor));
    for (int64_t k = 1; k < factor; ++k)
      std::memcpy(first + k * row, first, static_cast<size_t>(row));
  }
}

Rectangle changed_rectangle(const uint8_t* before, const uint8_t* after, int64_t width,
                            int64_t height) noexcept {
  const auto differs = [&](int64_t y) {
    return std::memcmp(before + y * width, after + y * width, static_cast<size_t>(width)) != 0;
  };
  int64_t top = 0, bottom = height;
  while (top < height && !differs(top)) ++top;
  if (top == height) return {0, 0, 0, 0};
  while (!differs(bottom - 1)) --bottom;
  int64_t left = width, right = 0;
  for (int64_t y = top; y < bottom; ++y) {
    const uint8_t *a = before + y * width, *b = after + y * width;
    const int64_t first = std::mismatch(a, a + left, b).first - a;
    left = std::min(left, first);
    int64_t x = width;
    while (x > right && a[x - 1] == b[x - 1]) --x;
    right = std::max(right, x);
  }
  return {left, top, right - left, bottom - top};
}

}  // namespace nk
