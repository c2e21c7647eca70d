#include "neuro_kernels/events/background_activity.hpp"

#include "neuro_kernels/render/prefetch.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nk::NK_ISA {
namespace {

// Finds times t' with t - t' <= window. As unsigned numbers, times after t and "never" are both
// further away than any window.
class Near {
 public:
#if defined(__AVX2__)
  Near(int64_t t, int64_t window) noexcept
      : t_(_mm256_set1_epi64x(flip(t))), window_(_mm256_set1_epi64x(flip(window))) {}

  // Bit i tells of cell i, of three cells in a row.
  int of_three(const int64_t* cells) const noexcept {
    const __m256i times = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(cells));
    const __m256i far = _mm256_cmpgt_epi64(_mm256_sub_epi64(t_, times), window_);
    return ~_mm256_movemask_pd(_mm256_castsi256_pd(far)) & 7;
  }

 private:
  // AVX2 compares signed numbers alone: with the upper bit flipped they sort like unsigned ones.
  static int64_t flip(int64_t value) noexcept { return value ^ INT64_MIN; }
  __m256i t_, window_;
#else
  Near(int64_t t, int64_t window) noexcept
      : t_(static_cast<uint64_t>(t)), window_(static_cast<uint64_t>(window)) {}

  int of_three(const int64_t* cells) const noexcept {
    return of_one(cells[0]) | of_one(cells[1]) << 1 | of_one(cells[2]) << 2;
  }

 private:
  int of_one(int64_t time) const noexcept { return t_ - static_cast<uint64_t>(time) <= window_; }
  uint64_t t_, window_;
#endif
};

int64_t mark(const Columns& events, int64_t width, int64_t height, int64_t window_us, bool itself,
             int64_t* last, uint8_t* keep) noexcept {
  const int64_t stride = width + 2;
  const int beside = itself ? 7 : 5;
  int64_t kept = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    prefetch_pixel(last, stride, events, i);
    prefetch_pixel(last + stride, stride, events, i);
    prefetch_pixel(last + 2 * stride, stride, events, i);
    const int64_t x = events.x[i], y = events.y[i];
    if (x >= width || y >= height) {
      keep[i] = 0;
      continue;
    }
    const Near near(events.t[i], window_us);
    int64_t* above = last + y * stride + x;
    const int supporters = near.of_three(above) | (near.of_three(above + stride) & beside) |
                           near.of_three(above + 2 * stride);
    above[stride + 1] = events.t[i];
    keep[i] = supporters != 0;
    kept += keep[i];
  }
  return kept;
}

}  // namespace

const BackgroundActivityKernels background_activity_kernels{mark};

}  // namespace nk::NK_ISA
