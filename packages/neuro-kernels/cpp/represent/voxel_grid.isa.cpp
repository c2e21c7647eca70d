#include "neuro_kernels/represent/voxel_grid.hpp"

#include <cstring>

#include "places.hpp"

namespace nk::NK_ISA {
namespace {

// Bin below an event, -1 for everything before bin 0, and the share of the bin above it. The
// difference of two times may need 64 bits without sign; it is a double afterwards anyway.
struct Spread {
  int64_t bin;
  float above;
};

inline Spread spread_of(int64_t t, const VoxelAxis& axis) noexcept {
  const double since =
      t >= axis.start
          ? static_cast<double>(static_cast<uint64_t>(t) - static_cast<uint64_t>(axis.start))
          : -static_cast<double>(static_cast<uint64_t>(axis.start) - static_cast<uint64_t>(t));
  const double b = since * axis.scale;
  if (!(b > -1.0)) return {-2, 0.0f};
  if (b >= static_cast<double>(axis.bins)) return {axis.bins, 0.0f};
  const int64_t bin = static_cast<int64_t>(b + 1.0) - 1;  // floor, for b > -1
  return {bin, static_cast<float>(b - static_cast<double>(bin))};
}

inline void add(float* out, int64_t place, const Spread& s, const VoxelAxis& axis,
                float weight) noexcept {
  float* cell = out + place + s.bin * axis.bin_stride;
  if (s.bin >= 0 && s.bin < axis.bins) *cell += weight * (1.0f - s.above);
  if (s.bin + 1 >= 0 && s.bin + 1 < axis.bins && s.above > 0)
    cell[axis.bin_stride] += weight * s.above;
}

int64_t voxel_grid(const Columns& e, const FrameShape& shape, const VoxelAxis& axis,
                   const float* weights, float* out) noexcept {
  const float off = weights[0], on = weights[1];
  // Times far from the start take the careful path; so does what lies outside the bins.
  constexpr uint64_t kNear = uint64_t{1} << 51;
  return for_places(
      e, shape, static_cast<const float*>(nullptr),
      [&](int64_t first, int64_t n, const uint32_t* place) {
        int32_t bin[kBlock];
        float above[kBlock], weight[kBlock];
        const int64_t* __restrict t = e.t + first;
        const uint8_t* __restrict p = e.p + first;
        const int64_t start = axis.start;
        const double scale = axis.scale;
        const auto last = static_cast<double>(axis.bins - 1);
        uint64_t widest = 0;
        uint64_t beyond = 0;
        for (int64_t k = 0; k < n; ++k) {
          const auto since = static_cast<uint64_t>(t[k]) - static_cast<uint64_t>(start);
          widest |= since;  // a time before the start has its highest bits set
          // Exact below 2^51: the number stands in the low bits of the sum.
          double b;
          const uint64_t bits = since | 0x4330000000000000ull;
          std::memcpy(&b, &bits, sizeof b);
          b = (b - 0x1p52) * scale;
          beyond |= b < last ? 0u : 1u;
          const double held = b < last ? b : 0.0;
          const auto below = static_cast<int32_t>(held);
          bin[k] = below;
          above[k] = static_cast<float>(held - static_cast<double>(below));
        }
        for (int64_t k = 0; k < n; ++k) weight[k] = p[k] != 0 ? on : off;
        const bool bad = widest >= kNear || beyond != 0;
        if (bad) {
          for (int64_t k = 0; k < n; ++k)
            add(out, place[k], spread_of(t[k], axis), axis, weight[k]);
          return;
        }
        int64_t at[kBlock];
        for (int64_t k = 0; k < n; ++k) at[k] = int64_t{place[k]} + bin[k] * axis.bin_stride;
#if defined(__GNUC__)
        for (int64_t k = 0; k < n; ++k) {
          __builtin_prefetch(out + at[k], 1, 2);
          __builtin_prefetch(out + at[k] + axis.bin_stride, 1, 2);
        }
#endif
        // One bin after the other: where planes lie a multiple of 4 KiB apart, as those of 1280x720
        // do, a processor takes a cell for the one of the other bin that was just written.
        for (int64_t k = 0; k < n; ++k) out[at[k]] += weight[k] * (1.0f - above[k]);
        float* const next = out + axis.bin_stride;
        for (int64_t k = 0; k < n; ++k) next[at[k]] += weight[k] * above[k];
      },
      [&](int64_t i) {
        add(out, place_of(e, i, shape), spread_of(e.t[i], axis), axis, e.p[i] != 0 ? on : off);
      });
}

}  // namespace

const VoxelKernels voxel_kernels{voxel_grid};

}  // namespace nk::NK_ISA
