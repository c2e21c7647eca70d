// Asking for memory before it is needed.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// Events this far ahead are asked for: a picture lies in the third-level cache, whose latency the
// processor's own window of instructions does not hide (measured: 2.5 times as many events/s).
inline constexpr int64_t prefetch_distance = 48;

// Asks for the pixel of the event `prefetch_distance` after `i`. Nothing is read, hence an event
// outside of the picture does no harm.
template <class T>
inline void prefetch_pixel(const T* plane, int64_t width, const Columns& events,
                           int64_t i) noexcept {
#if defined(__GNUC__)
  const int64_t ahead = i + prefetch_distance < events.n ? i + prefetch_distance : i;
  const int64_t pixel = int64_t{events.y[ahead]} * width + events.x[ahead];
  const auto address =
      reinterpret_cast<uintptr_t>(plane) + static_cast<uintptr_t>(pixel) * sizeof(T);
  __builtin_prefetch(reinterpret_cast<const void*>(address), 1);
#else
  (void)plane, (void)width, (void)events, (void)i;
#endif
}

}  // namespace nk
