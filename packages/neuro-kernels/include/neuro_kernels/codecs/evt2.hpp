// Prophesee EVT 2.0: little-endian 32-bit words, type in bits 31 to 28.
//
//   0, 1  CD event off, on: [27:22] time bits 5..0, [21:11] x, [10:0] y
//   8     time high: [27:0] time bits 33..6
//   A     external trigger: [27:22] time bits 5..0, [12:8] id, [0] value
//   D E F inertial samples, other data, continuation: sound, but no event
//
// Time has 34 bits and wraps after 4 h 46 min; a time high that drops by more than half the range
// is a wrap, one that rises by more than half the range after a wrap steps back over it.
#pragma once

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/codecs/encode.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct Evt2State {
  int32_t width = 2048, height = 2048;  // events at or beyond are left out
  bool has_time = false;
  uint32_t high = 0;
  int64_t loop = 0;
  int64_t base = 0;  // time of the current time high, wraps included
  int64_t last_t = INT64_MIN;
  int32_t n_carried = 0;
  uint8_t carried[4] = {};
  DecodeCounts counts;
};

struct Evt2Kernels {
  DecodeProgress (*decode)(Evt2State&, const uint8_t* data, int64_t n, const DecodeOutput&);
};

// Largest number of events that `n` more bytes can give.
inline int64_t evt2_bound(int64_t n) noexcept { return n / 4 + 1; }

struct Evt2EncodeState {
  int32_t width = 2048, height = 2048;  // of the sensor, at most 2048
  int64_t high = -1;  // time high written last, wraps included; -1 before the first
};

EncodeProgress evt2_encode(Evt2EncodeState&, const Columns& events, uint8_t* out,
                           int64_t capacity) noexcept;
EncodeProgress evt2_encode_trigger(Evt2EncodeState&, int64_t t, uint32_t id, uint32_t value,
                                   uint8_t* out, int64_t capacity) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(Evt2Kernels, evt2_kernels)
