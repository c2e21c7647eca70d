// Prophesee EVT 2.1: 64-bit words, type in bits 63 to 60.
//
//   0, 1  CD events off, on: [59:54] time bits 5..0, [53:43] x of bit 0, [42:32] y, [31:0] mask:
//         bit i is an event at x + i
//   8     time high: [59:32] time bits 33..6
//   A     external trigger: [59:54] time bits 5..0, [44:40] id, [32] value
//   D E F inertial samples, other data, continuation: sound, but no event
//
// The bytes of a word come in one of two orders: all eight little-endian (GenX320), or the upper
// half first, each half little-endian (IMX636, "legacy"). The time rules are those of EVT 2.0.
#pragma once

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/codecs/encode.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct Evt21State {
  int32_t width = 2048, height = 2048;  // events at or beyond are left out
  bool upper_first = false;             // the order of the two halves of a word
  bool has_time = false;
  uint32_t high = 0;
  int64_t loop = 0;
  int64_t base = 0;  // time of the current time high, wraps included
  int64_t last_t = INT64_MIN;
  int32_t n_carried = 0;
  uint8_t carried[8] = {};
  DecodeCounts counts;
};

struct Evt21Kernels {
  DecodeProgress (*decode)(Evt21State&, const uint8_t* data, int64_t n, const DecodeOutput&);
  // Largest number of events that these whole words can give.
  int64_t (*bound)(const uint8_t* data, int64_t n, bool upper_first);
};

struct Evt21EncodeState {
  int32_t width = 2048, height = 2048;  // of the sensor, at most 2048
  bool upper_first = false;
  int64_t high = -1;  // time high written last, wraps included; -1 before the first
  // Events of one time, row, polarity and group of 32 columns with rising x, held back until the
  // word is complete.
  uint64_t word = 0;  // 0: none
  int64_t t = 0;
  uint32_t last_x = 0;
};

EncodeProgress evt21_encode(Evt21EncodeState&, const Columns& events, uint8_t* out,
                            int64_t capacity) noexcept;
// Writes the word that is held back; returns its bytes.
int64_t evt21_finish(Evt21EncodeState&, uint8_t* out, int64_t capacity) noexcept;
EncodeProgress evt21_encode_trigger(Evt21EncodeState&, int64_t t, uint32_t id, uint32_t value,
                                    uint8_t* out, int64_t capacity) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(Evt21Kernels, evt21_kernels)
