// Prophesee EVT 3.0: little-endian 16-bit words, type in bits 15 to 12.
//
//   0  row: [10:0] y            1  row of a contrast detector's other channel: its events are not
//   CD 2  event: [10:0] x, [11] polarity, at the current row and time 3  vector base: [10:0] x,
//   [11] polarity 4  vector: mask of 12 columns from the base on, which then moves by 12, whatever
//   the mask 5  the same with 8 columns 6  time low: time bits 11..0        8  time high: time
//   bits 23..12 A  external trigger: [11:8] id, [0] value 7 E F  continuation, other data: sound,
//   but no event
//
// Time rules (those of OpenEB): the first time high is taken as it is. A time high that is not the
// current one sets the low part to zero, and has wrapped when it drops by 2^11 or more. One that
// rises by nearly the whole range right after a wrap steps back over it.
#pragma once

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/codecs/encode.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct Evt3State {
  static constexpr uint32_t kNoBase = 0x10000;

  int32_t width = 2048, height = 2048;  // events at or beyond are left out
  bool has_time = false;
  bool has_row = false;      // a row of CD events that lies inside the sensor is current
  bool row_outside = false;  // the current row is of CD events, but outside the sensor
  bool row_other = false;    // the current row is of another channel
  bool went_back = false;    // the clock is behind the event written last
  uint32_t high = 0;
  int64_t loop = 0;
  int64_t t = 0;  // current time, wraps included
  int64_t last_t = INT64_MIN;
  uint32_t y = 0;
  uint32_t base = kNoBase;  // column of the next vector word
  uint32_t p = 0;           // polarity of vectors
  int32_t n_carried = 0;
  uint8_t carried[2] = {};
  DecodeCounts counts;
};

struct Evt3Kernels {
  DecodeProgress (*decode)(Evt3State&, const uint8_t* data, int64_t n, const DecodeOutput&);
  // Largest number of events that these words can give: exact where none is left out.
  int64_t (*bound)(const uint8_t* data, int64_t n);
};

struct Evt3EncodeState {
  int32_t width = 2048, height = 2048;  // of the sensor, at most 2048; vectors stay inside
  int64_t high = -1;                    // time high written last, wraps included; -1: none
  int32_t low = -1;                     // time low written last, -1 after a time high
  int32_t y = -1;                       // row written last
  // Events of one time, row and polarity with rising x, held back until the run is complete, so
  // that the bytes do not depend on how the events are cut into calls.
  int64_t t = 0;
  uint16_t run_y = 0;
  uint8_t run_p = 0;
  int32_t n_pending = 0;
  uint16_t pending[2048];
};

// With `last`, what is held back is written too. The output is full when fewer events than given
// were taken, or, with `last`, when `n_pending` is not zero afterwards; it must have room for more
// than 2 * 2048 + 4 bytes to go on.
EncodeProgress evt3_encode(Evt3EncodeState&, const Columns& events, bool last, uint8_t* out,
                           int64_t capacity) noexcept;
EncodeProgress evt3_encode_trigger(Evt3EncodeState&, int64_t t, uint32_t id, uint32_t value,
                                   uint8_t* out, int64_t capacity) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(Evt3Kernels, evt3_kernels)
