#include "neuro_kernels/stream/wire.hpp"

namespace nk {
namespace {

constexpr int64_t kHeader = 4, kRow = 8;
constexpr uint32_t kNoEvent = 0x80000400u;  // [31] frame or inertial sample, [10] external event

uint32_t load_be(const uint8_t* p) noexcept {
  return static_cast<uint32_t>(p[0]) << 24 | static_cast<uint32_t>(p[1]) << 16 |
         static_cast<uint32_t>(p[2]) << 8 | p[3];
}

void store_be(uint8_t* p, uint32_t v) noexcept {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<uint8_t>(v >> (24 - 8 * i));
}

int64_t count(const uint8_t*, int64_t bytes) noexcept {
  return bytes < kHeader ? 0 : (bytes - kHeader) / kRow;
}

// Nothing in the bytes says where a message ends.
int64_t whole(const uint8_t*, int64_t) noexcept { return 0; }

constexpr uint32_t kOvertaken = 1024;  // a number that goes back by more is that of a new sender

// Messages between the last number and this one are lost, until they come late.
void check_number(uint32_t number, int64_t rows, WireState& state, WireCounts& counts) noexcept {
  const uint32_t expected = static_cast<uint32_t>(state.messages);
  const uint32_t back = expected - number, gap = number - expected;
  if (state.messages >= 0 && back > 0 && back <= kOvertaken) {
    if (counts.lost_messages == 0) return;
    --counts.lost_messages;
    counts.lost_events = counts.lost_events > rows ? counts.lost_events - rows : 0;
    return;
  }
  if (state.messages >= 0 && gap < 0x80000000u) {
    counts.lost_messages += gap;
    counts.lost_events += gap * rows;  // by the length of this one
  }
  state.messages = static_cast<uint32_t>(number + 1);
}

int64_t decode(const uint8_t* data, int64_t bytes, int64_t, WireState& state,
               const MutableColumns& out, WireCounts& counts) noexcept {
  const int64_t rows = count(data, bytes);
  counts.malformed += bytes != 0 && bytes != kHeader + rows * kRow;
  if (bytes < kHeader) return 0;
  check_number(load_be(data), rows, state, counts);
  int64_t n = 0, outside = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const uint8_t* row = data + kHeader + i * kRow;
    const uint32_t address = load_be(row);
    state.last_t = wire_extended_time(load_be(row + 4), state.last_t);
    if ((address & kNoEvent) != 0) continue;
    const int64_t x = address >> 12 & 0x3FF, up = address >> 22 & 0x1FF;
    if (x >= state.width || up >= state.height) {
      ++outside;
      continue;
    }
    out.t[n] = state.last_t;
    out.x[n] = static_cast<uint16_t>(x);
    out.y[n] = static_cast<uint16_t>(state.height - 1 - up);
    out.p[n] = static_cast<uint8_t>(address >> 11 & 1);
    ++n;
  }
  counts.events += n;
  counts.out_of_range += outside;
  return n;
}

int64_t encode(const Columns& events, WireState& state, uint8_t* out) noexcept {
  if (state.messages < 0) state.messages = 0;
  store_be(out, static_cast<uint32_t>(state.messages++));
  for (int64_t i = 0; i < events.n; ++i) {
    uint8_t* row = out + kHeader + i * kRow;
    const int64_t up = state.height - 1 - events.y[i];
    store_be(row, static_cast<uint32_t>(up & 0x1FF) << 22 |
                      static_cast<uint32_t>(events.x[i] & 0x3FF) << 12 |
                      static_cast<uint32_t>(events.p[i] != 0) << 11);
    store_be(row + 4, static_cast<uint32_t>(events.t[i]));
  }
  return kHeader + kRow * events.n;
}

}  // namespace

const WireFormat wire_jaer{"jaer", 512, kHeader, kRow, whole, count, decode, encode};

}  // namespace nk
