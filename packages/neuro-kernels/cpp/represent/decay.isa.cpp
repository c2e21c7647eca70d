#include "exponential.hpp"
#include "neuro_kernels/represent/decay_surface.hpp"
#include "places.hpp"

namespace nk::NK_ISA {
namespace {

void decay(const int64_t* last, int64_t n, int64_t t, double tau, float* out) noexcept {
  const double rate = 1.0 / tau;
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t age =
        last[i] > t ? 0 : static_cast<uint64_t>(t) - static_cast<uint64_t>(last[i]);
    const float value = exp_of_minus(as_double(age) * rate);
    out[i] = last[i] == kNoEvent ? 0.0f : value;
  }
}

int64_t paint(const Columns& e, const FrameShape& shape, int64_t t, double tau,
              float* out) noexcept {
  const double rate = 1.0 / tau;
  const auto age_of = [t](int64_t then) {
    return then > t ? 0 : static_cast<uint64_t>(t) - static_cast<uint64_t>(then);
  };
  return for_places(
      e, shape, out,
      [&](int64_t first, int64_t n, const uint32_t* place) {
        float value[kBlock];
        const int64_t* __restrict then = e.t + first;
        for (int64_t k = 0; k < n; ++k) {
          const uint64_t age =
              then[k] > t ? 0 : static_cast<uint64_t>(t) - static_cast<uint64_t>(then[k]);
          value[k] = exp_of_minus(as_double(age) * rate);
        }
        for (int64_t k = 0; k < n; ++k) out[place[k]] = value[k];
      },
      [&](int64_t i) {
        out[place_of(e, i, shape)] = exp_of_minus(as_double(age_of(e.t[i])) * rate);
      });
}

int64_t mark_latest(const Columns& e, const FrameShape& shape, int64_t* last) noexcept {
  const auto raise = [&](int64_t place, int64_t t) {
    last[place] = t > last[place] ? t : last[place];
  };
  return for_places(
      e, shape, last,
      [&](int64_t first, int64_t n, const uint32_t* place) {
        for (int64_t k = 0; k < n; ++k) raise(place[k], e.t[first + k]);
      },
      [&](int64_t i) { raise(place_of(e, i, shape), e.t[i]); });
}

}  // namespace

const DecayKernels decay_kernels{decay, paint, mark_latest};

}  // namespace nk::NK_ISA
