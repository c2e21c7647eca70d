#include <cstring>

#include "neuro_kernels/codecs/es.hpp"

namespace nk {
namespace {

// A record may need so many bytes that hold time alone; beyond this the gap is refused.
constexpr int64_t kLongestGap = int64_t{1} << 33;  // 2.4 h in us

// Appends time-only bytes until `dt` fits a record; returns false when the output is full.
bool put_gap(int64_t& time, int64_t t, int64_t largest, int64_t step, uint8_t code, uint8_t* out,
             int64_t capacity, int64_t& bytes) noexcept {
  int64_t count = t - time <= largest ? 0 : (t - time - largest + step - 1) / step;
  if (count > capacity - bytes) count = capacity - bytes;
  if (count > 0) {
    std::memset(out + bytes, code, static_cast<size_t>(count));
    bytes += count;
    time += count * step;
  }
  return t - time <= largest;
}

}  // namespace

EncodeProgress es_encode(EsEncodeState& s, const Columns& events, const uint8_t* rgb, uint8_t* out,
                         int64_t capacity) noexcept {
  int64_t bytes = 0;
  const int64_t size = s.kind == EsKind::color ? 8 : 5;
  for (int64_t i = 0; i < events.n; ++i) {
    const int64_t t = events.t[i];
    const uint32_t x = events.x[i], y = events.y[i], p = events.p[i];
    if (x >= static_cast<uint32_t>(s.width)) return {i, bytes, EncodeError::x_range};
    if (y >= static_cast<uint32_t>(s.height)) return {i, bytes, EncodeError::y_range};
    if (t < 0) return {i, bytes, EncodeError::negative_time};
    if (t < s.t) return {i, bytes, EncodeError::time_backwards};
    if (t - s.t > kLongestGap) return {i, bytes, EncodeError::time_gap};
    uint32_t head = 0;
    bool near = false;
    switch (s.kind) {
      case EsKind::dvs:
        near = put_gap(s.t, t, 126, 127, 0xFF, out, capacity, bytes);
        head = static_cast<uint32_t>(t - s.t) << 1 | (p != 0);
        break;
      case EsKind::atis: {
        near = put_gap(s.t, t, 62 + 126, 189, 0xFF, out, capacity, bytes);
        if (near && t - s.t > 62) {  // one or two steps of 63 left
          if (bytes >= capacity) return {i, bytes, EncodeError::none};
          const int64_t steps = t - s.t > 62 + 63 ? 2 : 1;
          out[bytes++] = static_cast<uint8_t>(0xFC | steps);
          s.t += 63 * steps;
        }
        head = static_cast<uint32_t>(t - s.t) << 2 | (p & 3);
        break;
      }
      case EsKind::color:
        near = put_gap(s.t, t, 253, 254, 0xFF, out, capacity, bytes);
        head = static_cast<uint32_t>(t - s.t);
        break;
    }
    if (!near || capacity - bytes < size) return {i, bytes, EncodeError::none};
    uint8_t* to = out + bytes;
    to[0] = static_cast<uint8_t>(head);
    const uint32_t place = x | (static_cast<uint32_t>(s.height) - 1 - y) << 16;
    std::memcpy(to + 1, &place, 4);
    if (s.kind == EsKind::color) std::memcpy(to + 5, rgb + 3 * i, 3);
    s.t = t;
    bytes += size;
  }
  return {events.n, bytes, EncodeError::none};
}

EncodeProgress es_generic_encode(int64_t& time, const int64_t* t, const int64_t* end,
                                 const uint8_t* bytes, int64_t n, uint8_t* out,
                                 int64_t capacity) noexcept {
  int64_t written = 0;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t begin = i == 0 ? 0 : end[i - 1];
    const int64_t size = end[i] - begin;
    if (t[i] < 0) return {i, written, EncodeError::negative_time};
    if (t[i] < time) return {i, written, EncodeError::time_backwards};
    if (t[i] - time > kLongestGap) return {i, written, EncodeError::time_gap};
    if (!put_gap(time, t[i], 253, 254, 0xFF, out, capacity, written)) return {i, written};
    if (capacity - written < 11 + size) return {i, written};
    out[written++] = static_cast<uint8_t>(t[i] - time);
    time = t[i];
    uint64_t rest = static_cast<uint64_t>(size);
    do {
      out[written++] = static_cast<uint8_t>((rest & 0x7F) << 1 | (rest > 0x7F));
      rest >>= 7;
    } while (rest != 0);
    if (size > 0) std::memcpy(out + written, bytes + begin, static_cast<size_t>(size));
    written += size;
  }
  return {n, written};
}

}  // namespace nk
