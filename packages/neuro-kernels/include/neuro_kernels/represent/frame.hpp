// Frames that events are written into.
#pragma once

#include <cstdint>

namespace nk {

// A frame in C order: [polarity][y][x], or [y][x] with a polarity stride of 0. Kernels that add an
// axis say where.
struct FrameShape {
  int64_t width = 0, height = 0;
  int64_t polarity_stride = 0;  // cells from the OFF to the ON plane
  int64_t cells = 0;            // of the whole array

  static FrameShape planes(int64_t width, int64_t height) noexcept {
    return {width, height, width * height, 2 * width * height};
  }
};

}  // namespace nk
