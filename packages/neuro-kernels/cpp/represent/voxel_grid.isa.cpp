#include "neuro_kernels/represent/voxel_grid.hpp"

#include <cstring>

#include "places.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

constexpr uint64_t kNear = uint64_t{1} << 51;  // times from the start that are quickly converted

// Bins and shares of a block of events, if all lie on the axis and near its start.
struct Block {
  int32_t bin[kBlock];
  float above[kBlock];
  int32_t first = 0, last = 0;  // least and greatest bin
};

inline bool spread_block(const int64_t* __restrict t, int64_t n, const VoxelAxis& axis,
                         Block& to) noexcept {
  const int64_t start = axis.start;
  const double scale = axis.scale;
  const auto bins = static_cast<double>(axis.bins);
  uint64_t widest = 0;
  uint64_t beyond = 0;
  int32_t first = INT32_MAX, last = 0;
  for (int64_t k = 0; k < n; ++k) {
    const auto since = static_cast<uint64_t>(t[k]) - static_cast<uint64_t>(start);
    widest |= since;  // a time before the start has its highest bits set
    // Exact below 2^51: the number stands in the low bits of the sum.
    double b;
    const uint64_t bits = since | 0x4330000000000000ull;
    std::memcpy(&b, &bits, sizeof b);
    b = (b - 0x1p52) * scale;
    beyond |= b < bins ? 0u : 1u;
    const double held = b < bins ? b : 0.0;
    const auto below = static_cast<int32_t>(held);
    to.bin[k] = below;
    to.above[k] = static_cast<float>(held - static_cast<double>(below));
    first = below < first ? below : first;
    last = below > last ? below : last;
  }
  to.first = first;
  to.last = last;
  return widest < kNear && beyond == 0;
}

int64_t voxel_grid(const Columns& e, const FrameShape& shape, const VoxelAxis& axis,
                   const float* weights, float* out) noexcept {
  const float off = weights[0], on = weights[1];
  Block block;
  return for_places(
      e, shape, static_cast<const float*>(nullptr),
      [&](int64_t first, int64_t n, const uint32_t* place) {
        const uint8_t* __restrict p = e.p + first;
        float weight[kBlock];
        for (int64_t k = 0; k < n; ++k) weight[k] = p[k] != 0 ? on : off;
        const bool near = spread_block(e.t + first, n, axis, block);
        // Behind the last bin there is none to hold the other share.
        const bool single = block.first == axis.bins - 1;
        if (!near || (block.last == axis.bins - 1 && !single)) {
          for (int64_t k = 0; k < n; ++k)
            add(out, place[k], spread_of(e.t[first + k], axis), axis, weight[k]);
          return;
        }
        int64_t at[kBlock];
        for (int64_t k = 0; k < n; ++k) at[k] = int64_t{place[k]} + block.bin[k] * axis.bin_stride;
        const int64_t to_next = single ? 0 : axis.bin_stride;
#if defined(__GNUC__)
        for (int64_t k = 0; k < n; ++k) {
          __builtin_prefetch(out + at[k], 1, 2);
          __builtin_prefetch(out + at[k] + to_next, 1, 2);
        }
#endif
        // One bin after the other: where planes lie a multiple of 4 KiB apart, as those of 1280x720
        // do, a processor takes a cell for the one of the other bin that was just written.
        for (int64_t k = 0; k < n; ++k) out[at[k]] += weight[k] * (1.0f - block.above[k]);
        if (single) return;
        float* const next = out + to_next;
        for (int64_t k = 0; k < n; ++k) next[at[k]] += weight[k] * block.above[k];
      },
      [&](int64_t i) {
        add(out, place_of(e, i, shape), spread_of(e.t[i], axis), axis, e.p[i] != 0 ? on : off);
      });
}

// Two neighbouring bins, cell beside cell: the one with an even number comes first.
struct Pair {
  float* cells = nullptr;  // two for each place
  int64_t planes = 1;      // places are [plane][y][x]
  int64_t bin = -1;        // the lower bin, none below 0
};

// Writes one bin of a pair to `from` and fills its cells from `to`; each may be null.
void exchange(float* __restrict cells, int64_t n, int lane, float* __restrict from,
              const float* __restrict to) noexcept {
  const int shift = 32 * lane;
  const uint64_t others = lane == 0 ? 0xFFFFFFFF00000000ull : 0xFFFFFFFFull;
  for (int64_t i = 0; from != nullptr && i < n; ++i) {
    uint64_t both;
    std::memcpy(&both, cells + 2 * i, sizeof both);
    const auto mine = static_cast<uint32_t>(both >> shift);
    std::memcpy(from + i, &mine, sizeof mine);
  }
  for (int64_t i = 0; to != nullptr && i < n; ++i) {
    uint64_t both;
    uint32_t mine;
    std::memcpy(&both, cells + 2 * i, sizeof both);
    std::memcpy(&mine, to + i, sizeof mine);
    both = (both & others) | uint64_t{mine} << shift;
    std::memcpy(cells + 2 * i, &both, sizeof both);
  }
}

// Brings the bins `bin` and the next one into the pair; with -1, writes back what it holds.
void turn_to(Pair& pair, int64_t bin, const FrameShape& shape, const VoxelAxis& axis,
             float* out) noexcept {
  constexpr int64_t kPiece = 4096;  // places: what is written back and filled stays in the cache
  const auto holds = [&](int64_t lower, int64_t k) {
    return lower >= 0 && k >= lower && k <= lower + 1 && k < axis.bins;
  };
  const int64_t plane = axis.bin_stride;
  for (int64_t which = 0; which < pair.planes; ++which) {
    float* const cells = pair.cells + 2 * which * plane;
    float* const grid = out + which * shape.polarity_stride;
    for (int64_t at = 0; at < plane; at += kPiece) {
      const int64_t n = plane - at < kPiece ? plane - at : kPiece;
      for (int lane = 0; lane < 2; ++lane) {
        const auto of_lane = [&](int64_t lower) -> int64_t {
          return lower < 0 ? -1 : lower % 2 == lane ? lower : lower + 1;
        };
        const int64_t before = of_lane(pair.bin), after = of_lane(bin);
        if (before == after) continue;
        exchange(cells + 2 * at, n, lane,
                 holds(pair.bin, before) ? grid + before * plane + at : nullptr,
                 holds(bin, after) ? grid + after * plane + at : nullptr);
      }
    }
  }
  pair.bin = bin;
}

int64_t voxel_pairs(const Columns& e, const FrameShape& shape, const VoxelAxis& axis,
                    const float* weights, float* out, float* scratch) noexcept {
  const float off = weights[0], on = weights[1];
  const int64_t plane = axis.bin_stride;
  const bool split = shape.polarity_stride != 0;
  Pair pair{scratch, split ? 2 : 1, -1};
  const FrameShape places{shape.width, shape.height, split ? plane : 0, pair.planes * plane};
  const auto add_one = [&](int64_t place, int64_t on_event, const Spread& s, float weight) {
    const float share[2] = {1.0f - s.above, s.above};
    for (int k = 0; k < 2; ++k) {
      const int64_t bin = s.bin + k;
      if (bin < 0 || bin >= axis.bins) continue;
      if (pair.bin >= 0 && (bin == pair.bin || bin == pair.bin + 1))
        scratch[2 * place + bin % 2] += weight * share[k];
      else
        out[place + bin * plane + (split ? on_event * (shape.polarity_stride - plane) : 0)] +=
            weight * share[k];
    }
  };
  Block block;
  // Events in any order would bring in other bins over and over.
  int64_t turns = axis.bins + 16;
  const int64_t outside = for_places(
      e, places, static_cast<const float*>(nullptr),
      [&](int64_t first, int64_t n, const uint32_t* place) {
        const uint8_t* __restrict p = e.p + first;
        const bool near = spread_block(e.t + first, n, axis, block);
        const bool held =
            near && block.first == block.last && (block.first == pair.bin || turns-- > 0);
        if (!held) {
          for (int64_t k = 0; k < n; ++k)
            add_one(place[k], p[k] != 0, spread_of(e.t[first + k], axis), p[k] != 0 ? on : off);
          return;
        }
        if (block.first != pair.bin) turn_to(pair, block.first, shape, axis, out);
#if defined(__GNUC__)
        for (int64_t k = 0; k < n; ++k) __builtin_prefetch(scratch + 2 * int64_t{place[k]}, 1, 2);
#endif
        float low[kBlock], high[kBlock];
        for (int64_t k = 0; k < n; ++k) {
          const float weight = p[k] != 0 ? on : off;
          low[k] = weight * (1.0f - block.above[k]);
          high[k] = weight * block.above[k];
        }
        const bool swapped = block.first % 2 != 0;
        const float* const even = swapped ? high : low;
        const float* const odd = swapped ? low : high;
        for (int64_t k = 0; k < n; ++k) {
          float* const cell = scratch + 2 * int64_t{place[k]};
#if defined(__SSE2__)
          const __m128 shares = _mm_unpacklo_ps(_mm_load_ss(even + k), _mm_load_ss(odd + k));
          const __m128 sum =
              _mm_add_ps(_mm_loadl_pi(_mm_setzero_ps(), reinterpret_cast<__m64*>(cell)), shares);
          _mm_storel_pi(reinterpret_cast<__m64*>(cell), sum);
#else
          cell[0] += even[k];
          cell[1] += odd[k];
#endif
        }
      },
      [&](int64_t i) {
        const bool on_event = e.p[i] != 0;
        add_one(place_of(e, i, places), on_event, spread_of(e.t[i], axis), on_event ? on : off);
      });
  if (pair.bin >= 0) turn_to(pair, -1, shape, axis, out);
  return outside;
}

}  // namespace

const VoxelKernels voxel_kernels{voxel_grid, voxel_pairs};

}  // namespace nk::NK_ISA
