#include "neuro_kernels/events/in_order.hpp"

#include <cstring>

namespace nk {

void put_in_order(const Columns& given, int64_t first, int64_t range, uint32_t* places,
                  const MutableColumns& target) noexcept {
  // Copies, since polarities are bytes, which might be part of anything referred to.
  const Columns events = given;
  const MutableColumns out = target;
  std::memset(places, 0, static_cast<size_t>(range) * sizeof(uint32_t));
  for (int64_t i = 0; i < events.n; ++i) ++places[events.t[i] - first];
  uint32_t before = 0;
  for (int64_t k = 0; k < range; ++k) {
    const uint32_t count = places[k];
    places[k] = before;
    before += count;
  }
  for (int64_t i = 0; i < events.n; ++i) {
    const int64_t t = events.t[i];
    const uint32_t place = places[t - first]++;
    out.t[place] = t;
    out.x[place] = events.x[i];
    out.y[place] = events.y[i];
    out.p[place] = events.p[i];
  }
}

}  // namespace nk
