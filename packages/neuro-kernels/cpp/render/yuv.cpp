#include "neuro_kernels/render/yuv.hpp"

#include "neuro_kernels/core/pool.hpp"

namespace nk {

void yuv420(const uint8_t* index, int64_t width, int64_t height, const uint8_t* table, Plane y,
            Plane u, Plane v) noexcept {
  uint8_t luma[256];
  uint32_t chroma[256];  // U in the upper half, V in the lower: four of them are added at once
  for (int i = 0; i < 256; ++i) {
    luma[i] = table[i * 3];
    chroma[i] = static_cast<uint32_t>(table[i * 3 + 1]) << 16 | table[i * 3 + 2];
  }
  constexpr int64_t rows = 32;
  parallel_for((height / 2 + rows - 1) / rows, [&](int64_t band) {
    const int64_t last = band * rows + rows < height / 2 ? band * rows + rows : height / 2;
    for (int64_t row = band * rows; row < last; ++row) {
      const uint8_t* upper = index + 2 * row * width;
      const uint8_t* lower = upper + width;
      uint8_t* y0 = y.data + 2 * row * y.stride;
      uint8_t* y1 = y0 + y.stride;
      for (int64_t x = 0; x < width; ++x) y0[x] = luma[upper[x]];
      for (int64_t x = 0; x < width; ++x) y1[x] = luma[lower[x]];
      uint8_t *u_row = u.data + row * u.stride, *v_row = v.data + row * v.stride;
      for (int64_t x = 0; x < width / 2; ++x) {
        const uint32_t sum = chroma[upper[2 * x]] + chroma[upper[2 * x + 1]] +
                             chroma[lower[2 * x]] + chroma[lower[2 * x + 1]] + 0x00020002u;
        u_row[x] = static_cast<uint8_t>(sum >> 18);
        v_row[x] = static_cast<uint8_t>((sum & 0xFFFF) >> 2);
      }
    }
  });
}

}  // namespace nk
