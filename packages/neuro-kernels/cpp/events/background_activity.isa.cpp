#include "neuro_kernels/events/background_activity.hpp"

#include "neuro_kernels/render/prefetch.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nk::NK_ISA {
namespace {

// Tells of times t' whether t - t' <= window. As unsigned numbers, times after t and "never" are
// both further away than any window.
class Near {
 public:
  Near(int64_t t, int64_t window) noexcept
      : t_(static_cast<uint64_t>(t)),
        window_(static_cast<uint64_t>(window))
#if defined(__AVX2__)
        ,
        times_(_mm256_set1_epi64x(flip(t))),
        windows_(_mm256_set1_epi64x(flip(window)))
#endif
  {
  }

  bool one(int64_t time) const noexcept { return t_ - static_cast<uint64_t>(time) <= window_; }

  // Whether one of three cells in a row is near, in either of two rows.
  bool any_of_three(const int64_t* above, const int64_t* below) const noexcept {
#if defined(__AVX2__)
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
  // AVX2 compares signed numbers alone: with the upper bit flipped they sort like unsigned ones.
  static int64_t flip(int64_t value) noexcept { return value ^ INT64_MIN; }
  __m256i far_of_four(const int64_t* cells) const noexcept {
    const __m256i times = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(cells));
    return _mm256_cmpgt_epi64(_mm256_sub_epi64(times_, times), windows_);
  }
  __m256i times_, windows_;
#endif
};

// Asks for the three rows around the pixel of event `i`, of which nothing is read.
inline void prefetch_rows(const int64_t* last, int64_t stride, const Columns& events,
                          int64_t i) noexcept {
#if defined(__GNUC__)
  const uintptr_t above =
      reinterpret_cast<uintptr_t>(last) +
      static_cast<uintptr_t>(int64_t{events.y[i]} * stride + events.x[i]) * sizeof(int64_t);
  const uintptr_t row = static_cast<uintptr_t>(stride) * sizeof(int64_t);
  __builtin_prefetch(reinterpret_cast<const void*>(above), 1);
  __builtin_prefetch(reinterpret_cast<const void*>(above + row), 1);
  __builtin_prefetch(reinterpret_cast<const void*>(above + 2 * row), 1);
#else
  (void)last, (void)stride, (void)events, (void)i;
#endif
}

template <bool kItself>
int64_t mark_from(const Columns& events, int64_t width, int64_t height, int64_t window_us,
                  int64_t* last, uint8_t* keep) noexcept {
  const int64_t stride = width + 2;
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    prefetch_rows(last, stride, events,
                  i + prefetch_distance < events.n ? i + prefetch_distance : i);
    const int64_t x = events.x[i], y = events.y[i], t = events.t[i];
    if (x >= width || y >= height) {
      keep[i] = 0;
      continue;
    }
    const Near near(t, window_us);
    int64_t* above = last + y * stride + x;
    // The event's own row is read cell by cell: events come in runs along a row, and a wide load of
    // what was stored a moment ago in parts would wait for the cache.
    int64_t* own = above + stride;
    const bool supported = static_cast<int>(near.any_of_three(above, above + 2 * stride)) |
                           near.one(own[0]) | near.one(own[2]) | (kItself && near.one(own[1]));
    own[1] = t;
    keep[i] = supported;
    kept += supported;
  }
  return kept;
}

int64_t mark(const Columns& events, int64_t width, int64_t height, int64_t window_us, bool itself,
             int64_t* last, uint8_t* keep) noexcept {
  const auto from = itself ? mark_from<true> : mark_from<false>;
  return from(events, width, height, window_us, last, keep);
}

}  // namespace

const BackgroundActivityKernels background_activity_kernels{mark};

}  // namespace nk::NK_ISA
