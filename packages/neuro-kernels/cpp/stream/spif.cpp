#include "neuro_kernels/stream/little_endian.hpp"
#include "neuro_kernels/stream/wire.hpp"

namespace nk {
namespace {

constexpr uint32_t kNoTimestamp = 0x80000000u;

int64_t count(const uint8_t* data, int64_t bytes) noexcept {
  int64_t n = 0;
  for (int64_t i = 0; i + 4 <= bytes; i += 4) {
    if (!(data[i + 3] & 0x80)) {
      i += 4;
    }
    ++n;
  }
  return n;
}

int64_t whole(const uint8_t* data, int64_t bytes) noexcept {
  int64_t i = 0;
  while (i + 4 <= bytes) {
    const int64_t length = (data[i + 3] & 0x80) != 0 ? 4 : 8;
    if (i + length > bytes) break;
    i += length;
  }
  return i;
}

int64_t decode(const uint8_t* data, int64_t bytes, int64_t arrival_us, WireState& state,
               const MutableColumns& out, WireCounts& counts) noexcept {
  int64_t n = 0, seen = 0;
  bool sound = bytes % 4 == 0;
  for (int64_t i = 0; i + 4 <= bytes; i += 4) {
    const uint32_t word = load_u32(data + i);
    int64_t t = arrival_us;
    if (!(word & kNoTimestamp) && i + 8 > bytes) {
      sound = false;  // the timestamp is missing: the event is kept as one that has none
    } else if (!(word & kNoTimestamp)) {
      i += 4;
      t = state.last_t = wire_extended_time(load_u32(data + i), state.last_t);
    }
    const int64_t x = word >> 16 & 0x7FFF, y = word & 0x7FFF;
    ++seen;
    if (x >= state.width || y >= state.height) continue;
    out.t[n] = t;
    out.x[n] = static_cast<uint16_t>(x);
    out.y[n] = static_cast<uint16_t>(y);
    out.p[n] = static_cast<uint8_t>(word >> 15 & 1);
    ++n;
  }
  counts.events += n;
  counts.out_of_range += seen - n;
  counts.malformed += !sound;
  return n;
}

uint32_t word_of(const Columns& events, int64_t i) noexcept {
  return static_cast<uint32_t>(events.x[i] & 0x7FFF) << 16 |
         static_cast<uint32_t>(events.p[i] != 0) << 15 |
         static_cast<uint32_t>(events.y[i] & 0x7FFF);
}

int64_t encode_timed(const Columns& events, WireState&, uint8_t* out) noexcept {
  for (int64_t i = 0; i < events.n; ++i) {
    store_u32(out + 8 * i, word_of(events, i));
    store_u32(out + 8 * i + 4, static_cast<uint32_t>(events.t[i]));
  }
  return 8 * events.n;
}

int64_t encode_untimed(const Columns& events, WireState&, uint8_t* out) noexcept {
  for (int64_t i = 0; i < events.n; ++i) store_u32(out + 4 * i, word_of(events, i) | kNoTimestamp);
  return 4 * events.n;
}

}  // namespace

const WireFormat wire_spif{"spif", 1 << 15, 0, 8, whole, count, decode, encode_timed};
const WireFormat wire_spif_untimed{"spif-untimed", 1 << 15, 0,      4,
                                   whole,          count,   decode, encode_untimed};

}  // namespace nk
