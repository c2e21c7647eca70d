// The image data of a GIF frame (GIF89a, appendix F: variable-length-code LZW).
#pragma once

#include <cstdint>

#include "neuro_kernels/render/picture.hpp"

namespace nk {

// Bytes that always suffice for the image data of so many pixels.
int64_t lzw_bound(int64_t pixels) noexcept;

// Writes the LZW minimum code size, the data sub-blocks and the terminator for the rectangle of an
// image with rows of `stride` pixels; returns the number of bytes, 0 if there is no memory for the
// table of strings. With `before`, a pixel equal to the one there is written as index
// `transparent`. `code_size` is the number of bits of an index (2 to 8); all indices must be below
// 2^code_size.
int64_t lzw_encode(const uint8_t* index, const uint8_t* before, int64_t stride, Rectangle area,
                   int code_size, uint8_t transparent, uint8_t* out) noexcept;

}  // namespace nk
