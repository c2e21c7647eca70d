#include <cstring>

#include "neuro_kernels/codecs/dat.hpp"
#include "neuro_kernels/codecs/event_pack.hpp"

namespace nk {

EncodeProgress dat_encode(DatEncodeState& s, const Columns& events, uint8_t* out,
                          int64_t capacity) noexcept {
  constexpr int64_t half = int64_t{1} << 31;
  const bool v1 = s.kind == DatKind::version1;
  const int y_shift = v1 ? 9 : 14, p_shift = v1 ? 17 : 28;
  const int64_t room = capacity / 8;
  const int64_t n = events.n < room ? events.n : room;
  PackPlan plan;
  plan.width = static_cast<uint32_t>(s.width);
  plan.height = static_cast<uint32_t>(s.height);
  plan.time_shift = 31;
  plan.y_shift = y_shift;
  plan.p_shift = p_shift;
  const Columns part{events.t, events.x, events.y, events.p, n};
  for (int64_t i = 0; i < n; ++i) {
    // Within one half of the range no step is too long: such events go in one piece.
    plan.high = s.last_t < 0 ? 0 : s.last_t >> 31;
    const int64_t packed = event_pack_kernels().dat(part, i, plan, out + 8 * i);
    if (packed > 0) s.last_t = events.t[i + packed - 1];
    i += packed;
    if (i == n) break;
    const int64_t t = events.t[i];
    const uint32_t x = events.x[i], y = events.y[i];
    if (x >= static_cast<uint32_t>(s.width)) return {i, 8 * i, EncodeError::x_range};
    if (y >= static_cast<uint32_t>(s.height)) return {i, 8 * i, EncodeError::y_range};
    if (t < 0) return {i, 8 * i, EncodeError::negative_time};
    // Before the first wrap any time is plain; later, readers follow steps of less than half.
    const int64_t before = s.last_t < 0 ? 0 : s.last_t;
    if (t - before >= half && t >= 2 * half) return {i, 8 * i, EncodeError::time_gap};
    if (before - t >= half) return {i, 8 * i, EncodeError::time_backwards};
    s.last_t = t;
    const uint32_t record[2] = {
        static_cast<uint32_t>(t),
        x | y << y_shift | static_cast<uint32_t>(events.p[i] != 0) << p_shift};
    std::memcpy(out + 8 * i, record, 8);
  }
  return {n, 8 * n, EncodeError::none};
}

}  // namespace nk
