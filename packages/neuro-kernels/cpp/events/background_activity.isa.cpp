#include "neuro_kernels/events/background_activity.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nk::NK_ISA {
namespace {

// Events of which the cells are found at once, and how many events ahead of the work cells are
// asked for: the plane lies in the third-level cache.
constexpr int64_t block = 512, ahead = 16;

// Tells of times t' whether t - t' <= window. As unsigned numbers, times after t and "never" are
// both further away than any window.
class Near {
 public:
  Near(int64_t t, int64_t window) noexcept
      : t_(static_cast<uint64_t>(t)),
        window_(static_cast<uint64_t>(window))
#if defined(__AVX512VL__)
        ,
        times_(_mm256_set1_epi64x(t)),
        windows_(_mm256_set1_epi64x(window))
#elif defined(__AVX2__)
        ,
        times_(_mm256_set1_epi64x(flip(t))),
        windows_(_mm256_set1_epi64x(flip(window)))
#endif
  {
  }

  bool one(int64_t time) const noexcept { return t_ - static_cast<uint64_t>(time) <= window_; }

  // Whether one of three cells in a row is near, in either of two rows.
  bool any_of_three(const int64_t* above, const int64_t* below) const noexcept {
#if defined(__AVX512VL__)
    const __m256i nearer = _mm256_min_epu64(_mm256_sub_epi64(times_, four(above)),
                                            _mm256_sub_epi64(times_, four(below)));
    return _mm256_mask_cmple_epu64_mask(7, nearer, windows_) != 0;
#elif defined(__AVX2__)
    const __m256i far = _mm256_and_si256(far_of_four(above), far_of_four(below));
    return (~_mm256_movemask_pd(_mm256_castsi256_pd(far)) & 7) != 0;
#else
    return one(above[0]) | one(above[1]) | one(above[2]) | one(below[0]) | one(below[1]) |
           one(below[2]);
#endif
  }

 private:
  uint64_t t_, window_;
#if defined(__AVX2__)
  static __m256i four(const int64_t* cells) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(cells));
  }
#if !defined(__AVX512VL__)
  // AVX2 compares signed numbers alone: with the upper bit flipped they sort like unsigned ones.
  static int64_t flip(int64_t value) noexcept { return value ^ INT64_MIN; }
  __m256i far_of_four(const int64_t* cells) const noexcept {
    return _mm256_cmpgt_epi64(_mm256_sub_epi64(times_, four(cells)), windows_);
  }
#endif
  __m256i times_, windows_;
#endif
};

struct Plane {
  int64_t width, height, window_us;
  int64_t* last;

  int64_t stride() const noexcept { return width + 2; }
};

// Whether an event at time t is supported, given the cell above and left of its own, which it then
// takes.
template <bool kItself>
inline bool supported(int64_t* corner, int64_t stride, int64_t t, int64_t window_us) noexcept {
  const Near near(t, window_us);
  // The event's own row is read cell by cell: events come in runs along a row, and a wide load of
  // what was stored a moment ago in parts would wait for the cache.
  int64_t* own = corner + stride;
  const bool found = static_cast<int>(near.any_of_three(corner, corner + 2 * stride)) |
                     near.one(own[0]) | near.one(own[2]) | (kItself && near.one(own[1]));
  own[1] = t;
  return found;
}

// One event after the other, also those outside the frame.
template <bool kItself>
int64_t mark_each(const Columns& events, int64_t from, int64_t to, const Plane& plane,
                  uint8_t* keep) noexcept {
  int64_t kept = 0;
  for (int64_t i = from; i < to; ++i) {
    const int64_t x = events.x[i], y = events.y[i];
    const bool inside = x < plane.width && y < plane.height;
    keep[i] = inside && supported<kItself>(plane.last + y * plane.stride() + x, plane.stride(),
                                           events.t[i], plane.window_us);
    kept += keep[i];
  }
  return kept;
}

// Asks for the three rows around a pixel.
inline void prefetch_rows(const int64_t* corner, int64_t stride) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(corner, 1);
  __builtin_prefetch(corner + stride, 1);
  __builtin_prefetch(corner + 2 * stride, 1);
#else
  (void)corner, (void)stride;
#endif
}

bool all_inside(const Columns& events, int64_t from, int64_t to, const Plane& plane) noexcept {
  const auto width = static_cast<uint32_t>(plane.width),
             height = static_cast<uint32_t>(plane.height);
  uint32_t outside = 0;
  for (int64_t i = from; i < to; ++i)
    outside |=
        static_cast<uint32_t>(events.x[i] >= width) | static_cast<uint32_t>(events.y[i] >= height);
  return outside == 0;
}

template <bool kItself>
int64_t mark_from(const Columns& events, const Plane& plane, uint8_t* keep) noexcept {
  // Cells are numbered in 32 bits.
  if (background_activity_cells(plane.width, plane.height) > INT32_MAX)
    return mark_each<kItself>(events, 0, events.n, plane, keep);
  // What the loop needs as values: flags are bytes, which might be part of anything referred to.
  const int64_t stride = plane.stride(), window_us = plane.window_us;
  int64_t* const last = plane.last;
  uint32_t cell[block + ahead];
  int64_t kept = 0;
  for (int64_t from = 0; from < events.n; from += block) {
    const int64_t to = from + block < events.n ? from + block : events.n;
    const int64_t until = to + ahead < events.n ? to + ahead : events.n;
    if (!all_inside(events, from, until, plane)) {
      kept += mark_each<kItself>(events, from, to, plane, keep);
      continue;
    }
    const auto row = static_cast<uint32_t>(stride);
    for (int64_t i = from; i < until; ++i)
      cell[i - from] = uint32_t{events.y[i]} * row + events.x[i];
    for (int64_t i = until; i < to + ahead; ++i) cell[i - from] = cell[0];
    const int64_t* const t = events.t + from;
    uint8_t* const flags = keep + from;
    const int64_t n = to - from;
    for (int64_t i = 0; i < n; ++i) {
      prefetch_rows(last + cell[i + ahead], stride);
      const bool keeps = supported<kItself>(last + cell[i], stride, t[i], window_us);
      flags[i] = keeps;
      kept += keeps;
    }
  }
  return kept;
}

int64_t mark(const Columns& events, int64_t width, int64_t height, int64_t window_us, bool itself,
             int64_t* last, uint8_t* keep) noexcept {
  const Plane plane{width, height, window_us, last};
  return itself ? mark_from<true>(events, plane, keep) : mark_from<false>(events, plane, keep);
}

}  // namespace

const BackgroundActivityKernels background_activity_kernels{mark};

}  // namespace nk::NK_ISA
