// From an index image to the planes that video encoders take.
#pragma once

#include <cstdint>

namespace nk {

// Bytes from one row of a plane to the next; at least the plane's width.
struct Plane {
  uint8_t* data;
  int64_t stride;
};

// `table` is (256, 3): Y, U, V of each palette entry. U and V of 4:2:0 are the mean of four pixels,
// rounded half up. Width and height must be even.
void yuv420(const uint8_t* index, int64_t width, int64_t height, const uint8_t* table, Plane y,
            Plane u, Plane v) noexcept;

}  // namespace nk
