#include "neuro_kernels/stream/little_endian.hpp"
#include "rows.hpp"

namespace nk {
namespace {

struct SpeckRow {
  static constexpr int64_t kBytes = 8;
  int64_t t;
  uint16_t x, y;
  uint8_t p;

  static SpeckRow load(const uint8_t* from, WireState& state) noexcept {
    state.last_t = wire_extended_time(load_u32(from + 4), state.last_t);
    return {state.last_t, from[2], from[1], static_cast<uint8_t>(from[0] != 0)};
  }
  void store(uint8_t* to, const WireState&) const noexcept {
    to[0] = p != 0;
    to[1] = static_cast<uint8_t>(y);
    to[2] = static_cast<uint8_t>(x);
    to[3] = 0;
    store_u32(to + 4, static_cast<uint32_t>(t));
  }
};

}  // namespace

const WireFormat wire_speck{"speck",
                            256,
                            0,
                            SpeckRow::kBytes,
                            row_whole<SpeckRow>,
                            row_count<SpeckRow>,
                            row_decode<SpeckRow>,
                            row_encode<SpeckRow>};

}  // namespace nk
