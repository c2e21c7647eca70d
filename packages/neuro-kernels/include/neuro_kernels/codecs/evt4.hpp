// Prophesee EVT 4: little-endian 32-bit words, type in bits 31 to 28.
//
//   A, B  CD event off, on: [27:22] time bits 5..0, [21:11] x, [10:0] y
//   C, D  CD events off, on: the same fields; the next word, whatever it looks like, is a mask
//   whose
//         bit i is an event at x + i
//   E     time high: [27:0] time bits 33..6
//   9     external trigger: [27:22] time bits 5..0, [12:8] id, [0] value
//   6 7 F other data, continuation, padding: sound, but no event
//
// The time rules are those of EVT 2.0.
#pragma once

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct Evt4State {
  int32_t width = 2048, height = 2048;  // events at or beyond are left out
  bool has_time = false;
  uint32_t vector = 0;  // the vector word whose mask comes next, 0 for none
  uint32_t high = 0;
  int64_t loop = 0;
  int64_t base = 0;  // time of the current time high, wraps included
  int64_t last_t = INT64_MIN;
  int32_t n_carried = 0;
  uint8_t carried[4] = {};
  DecodeCounts counts;
};

struct Evt4Kernels {
  DecodeProgress (*decode)(Evt4State&, const uint8_t* data, int64_t n, const DecodeOutput&);
  // At least the number of events that these whole words can give, wherever they stand.
  int64_t (*bound)(const uint8_t* data, int64_t n);
};

// Counts what an end of the bytes leaves unfinished: part of a word, or a vector without mask.
void evt4_finish(Evt4State&) noexcept;

}  // namespace nk

NK_KERNEL_TABLE(Evt4Kernels, evt4_kernels)
