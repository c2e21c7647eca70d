#include "neuro_kernels/represent/count.hpp"

#include "places.hpp"

namespace nk::NK_ISA {
namespace {

constexpr float kWrap = 256.0f;

int64_t count(const Columns& e, const FrameShape& shape, ByteCounts& to) noexcept {
  uint8_t* const counts = to.counts;
  uint32_t* const wraps = to.wraps;
  int64_t n_wraps = to.n_wraps;
  const auto one_more = [&](uint32_t place) {
    if (++counts[place] == 0) wraps[n_wraps++] = place;
  };
  const int64_t outside = for_places(
      e, shape, counts,
      [&](int64_t, int64_t n, const uint32_t* place) {
        for (int64_t k = 0; k < n; ++k) one_more(place[k]);
      },
      [&](int64_t i) { one_more(static_cast<uint32_t>(place_of(e, i, shape))); });
  to.n_wraps = n_wraps;
  return outside;
}

void widen(ByteCounts& from, int64_t n, float* __restrict out) noexcept {
  uint8_t* __restrict counts = from.counts;
  for (int64_t i = 0; i < n; ++i) {
    out[i] = counts[i];
    counts[i] = 0;
  }
  for (int64_t k = 0; k < from.n_wraps; ++k) out[from.wraps[k]] += kWrap;
  from.n_wraps = 0;
}

void mark(ByteCounts& from, int64_t n, float* __restrict out) noexcept {
  uint8_t* __restrict counts = from.counts;
  for (int64_t i = 0; i < n; ++i) {
    out[i] = counts[i] != 0 ? 1.0f : 0.0f;
    counts[i] = 0;
  }
  for (int64_t k = 0; k < from.n_wraps; ++k) out[from.wraps[k]] = 1.0f;
  from.n_wraps = 0;
}

void subtract(ByteCounts& from, int64_t n, float* __restrict out) noexcept {
  uint8_t* __restrict off = from.counts;
  uint8_t* __restrict on = from.counts + n;
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(int32_t{on[i]} - int32_t{off[i]});
    off[i] = on[i] = 0;
  }
  for (int64_t k = 0; k < from.n_wraps; ++k) {
    const int64_t place = from.wraps[k];
    out[place < n ? place : place - n] += place < n ? -kWrap : kWrap;
  }
  from.n_wraps = 0;
}

void keep(ByteCounts& from, int64_t n, uint8_t* __restrict out) noexcept {
  uint8_t* __restrict counts = from.counts;
  for (int64_t i = 0; i < n; ++i) {
    out[i] = counts[i];
    counts[i] = 0;
  }
  for (int64_t k = 0; k < from.n_wraps; ++k) out[from.wraps[k]] = 255;
  from.n_wraps = 0;
}

void mark_bytes(ByteCounts& from, int64_t n, uint8_t* __restrict out) noexcept {
  uint8_t* __restrict counts = from.counts;
  for (int64_t i = 0; i < n; ++i) {
    out[i] = counts[i] != 0;
    counts[i] = 0;
  }
  for (int64_t k = 0; k < from.n_wraps; ++k) out[from.wraps[k]] = 1;
  from.n_wraps = 0;
}

}  // namespace

const CountKernels count_kernels{count, widen, mark, subtract, keep, mark_bytes};

}  // namespace nk::NK_ISA
