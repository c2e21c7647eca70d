#include "neuro_kernels/represent/accumulate.hpp"

#include "places.hpp"

namespace nk::NK_ISA {
namespace {

int64_t histogram(const Columns& e, const FrameShape& shape, const float* weights,
                  float* out) noexcept {
  const float off = weights[0], on = weights[1];
  const auto one = [&](int64_t i) { out[place_of(e, i, shape)] += e.p[i] != 0 ? on : off; };
  if (off == on)
    return for_places(
        e, shape, out,
        [&](int64_t, int64_t n, const uint32_t* place) {
          for (int64_t k = 0; k < n; ++k) out[place[k]] += on;
        },
        one);
  return for_places(
      e, shape, out,
      [&](int64_t first, int64_t n, const uint32_t* place) {
        for (int64_t k = 0; k < n; ++k) out[place[k]] += e.p[first + k] != 0 ? on : off;
      },
      one);
}

int64_t mark(const Columns& e, const FrameShape& shape, float* out) noexcept {
  return for_places(
      e, shape, out,
      [&](int64_t, int64_t n, const uint32_t* place) {
        for (int64_t k = 0; k < n; ++k) out[place[k]] = 1.0f;
      },
      [&](int64_t i) { out[place_of(e, i, shape)] = 1.0f; });
}

}  // namespace

const AccumulateKernels accumulate_kernels{histogram, mark};

}  // namespace nk::NK_ISA
