#include "neuro_kernels/events/select.hpp"

namespace nk {

int64_t select_events(const Columns& events, const uint8_t* keep,
                      const MutableColumns& out) noexcept {
  int64_t k = 0, i = 0;
  // Written always, counted only where kept: no branch to mispredict.
  for (; i < events.n && k < out.capacity; ++i) {
    out.t[k] = events.t[i];
    out.x[k] = events.x[i];
    out.y[k] = events.y[i];
    out.p[k] = events.p[i];
    k += keep[i] != 0;
  }
  return k;
}

}  // namespace nk
