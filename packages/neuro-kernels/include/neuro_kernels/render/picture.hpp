// Index images: enlarging them and comparing one with the next.
#pragma once

#include <cstdint>

namespace nk {

// Repeats every pixel `factor` times in both directions; `out` is (height*factor, width*factor).
void enlarge(const uint8_t* index, int64_t width, int64_t height, int64_t factor,
             uint8_t* out) noexcept;

struct Rectangle {
  int64_t x, y, width, height;  // width = height = 0: nothing differs
};

// Smallest rectangle outside of which the two images are equal.
Rectangle changed_rectangle(const uint8_t* before, const uint8_t* after, int64_t width,
                            int64_t height) noexcept;

}  // namespace nk
