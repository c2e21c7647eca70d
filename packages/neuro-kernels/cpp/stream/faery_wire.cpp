#include "neuro_kernels/stream/little_endian.hpp"
#include "neuro_kernels/stream/wire.hpp"

namespace nk {
namespace {

// Both layouts are rows of one length; `Row` reads and writes one of them.
template <class Row>
int64_t count(const uint8_t*, int64_t bytes) noexcept {
  return bytes / Row::kBytes;
}

template <class Row>
int64_t whole(const uint8_t*, int64_t bytes) noexcept {
  return bytes / Row::kBytes * Row::kBytes;
}

template <class Row>
int64_t decode(const uint8_t* data, int64_t bytes, int64_t, WireState& state,
               const MutableColumns& out, WireCounts& counts) noexcept {
  const int64_t rows = bytes / Row::kBytes;
  int64_t n = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const Row row = Row::load(data + i * Row::kBytes, state);
    if (row.x >= state.width || row.y >= state.height) continue;
    out.t[n] = row.t;
    out.x[n] = row.x;
    out.y[n] = row.y;
    out.p[n] = row.p;
    ++n;
  }
  counts.events += n;
  counts.out_of_range += rows - n;
  counts.malformed += rows * Row::kBytes != bytes;
  return n;
}

template <class Row>
int64_t encode(const Columns& events, WireState&, uint8_t* out) noexcept {
  for (int64_t i = 0; i < events.n; ++i)
    Row{events.t[i], events.x[i], events.y[i], events.p[i]}.store(out + i * Row::kBytes);
  return events.n * Row::kBytes;
}

struct LongRow {
  static constexpr int64_t kBytes = 13;
  int64_t t;
  uint16_t x, y;
  uint8_t p;

  static LongRow load(const uint8_t* from, WireState&) noexcept {
    return {static_cast<int64_t>(load_u64(from)), load_u16(from + 8), load_u16(from + 10),
            static_cast<uint8_t>(from[12] != 0)};
  }
  void store(uint8_t* to) const noexcept {
    store_u64(to, static_cast<uint64_t>(t));
    store_u16(to + 8, x);
    store_u16(to + 10, y);
    to[12] = p != 0;
  }
};

struct ShortRow {
  static constexpr int64_t kBytes = 8;
  int64_t t;
  uint16_t x, y;
  uint8_t p;

  static ShortRow load(const uint8_t* from, WireState& state) noexcept {
    state.last_t = wire_extended_time(load_u32(from), state.last_t);
    const uint16_t yp = load_u16(from + 6);
    return {state.last_t, load_u16(from + 4), static_cast<uint16_t>(yp >> 1),
            static_cast<uint8_t>(yp & 1)};
  }
  void store(uint8_t* to) const noexcept {
    store_u32(to, static_cast<uint32_t>(t));
    store_u16(to + 4, x);
    store_u16(to + 6, static_cast<uint16_t>(y << 1 | (p != 0)));
  }
};

}  // namespace

const WireFormat wire_t64_x16_y16_on8{"t64_x16_y16_on8", 1 << 16,        0,
                                      LongRow::kBytes,   whole<LongRow>, count<LongRow>,
                                      decode<LongRow>,   encode<LongRow>};
const WireFormat wire_t32_x16_y15_on1{"t32_x16_y15_on1", 1 << 15,         0,
                                      ShortRow::kBytes,  whole<ShortRow>, count<ShortRow>,
                                      decode<ShortRow>,  encode<ShortRow>};

}  // namespace nk
