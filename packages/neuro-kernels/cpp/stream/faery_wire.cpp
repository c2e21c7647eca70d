#include "neuro_kernels/stream/little_endian.hpp"
#include "rows.hpp"

namespace nk {
namespace {

struct LongRow {
  static constexpr int64_t kBytes = 13;
  int64_t t;
  uint16_t x, y;
  uint8_t p;

  static LongRow load(const uint8_t* from, WireState&) noexcept {
    return {static_cast<int64_t>(load_u64(from)), load_u16(from + 8), load_u16(from + 10),
            static_cast<uint8_t>(from[12] != 0)};
  }
  void store(uint8_t* to, const WireState&) const noexcept {
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
  void store(uint8_t* to, const WireState&) const noexcept {
    store_u32(to, static_cast<uint32_t>(t));
    store_u16(to + 4, x);
    store_u16(to + 6, static_cast<uint16_t>(y << 1 | (p != 0)));
  }
};

}  // namespace

const WireFormat wire_t64_x16_y16_on8{"t64_x16_y16_on8",
                                      1 << 16,
                                      0,
                                      LongRow::kBytes,
                                      row_whole<LongRow>,
                                      row_count<LongRow>,
                                      row_decode<LongRow>,
                                      row_encode<LongRow>};
const WireFormat wire_t32_x16_y15_on1{"t32_x16_y15_on1",
                                      1 << 15,
                                      0,
                                      ShortRow::kBytes,
                                      row_whole<ShortRow>,
                                      row_count<ShortRow>,
                                      row_decode<ShortRow>,
                                      row_encode<ShortRow>};

}  // namespace nk
