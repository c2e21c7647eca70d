#include "neuro_kernels/represent/histogram.hpp"

#include "neuro_kernels/represent/accumulate.hpp"

namespace nk {

int64_t histogram(const Columns& events, int64_t width, int64_t height, float* out) noexcept {
  constexpr float ones[2] = {1.0f, 1.0f};
  return accumulate_kernels().histogram(events, FrameShape::planes(width, height), ones, out);
}

}  // namespace nk
