// Frames of this project's own layout inside a stream of bytes.
#pragma once

#include <cstdint>

namespace nk {

// Length of the longest beginning of `data` that further bytes cannot change the meaning of: whole
// frames, and what belongs to none. The rest is the beginning of a frame.
int64_t whole_frames(const uint8_t* data, int64_t bytes) noexcept;

}  // namespace nk
