// What all decoders share: counts of what happened to the bytes, and where results go.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// What became of the bytes given to a decoder. Every byte that gave nothing although it should
// have is counted somewhere here.
struct DecodeCounts {
  int64_t bytes_read = 0;       // consumed, bytes carried to the next call included
  int64_t bytes_skipped = 0;    // bytes of the words that were skipped, wholly or in part
  int64_t events = 0;           // events written
  int64_t triggers = 0;         // trigger edges written
  int64_t out_of_range = 0;     // events outside the sensor, left out
  int64_t before_time = 0;      // events before the first time (or row, or column base), left out
  int64_t time_errors = 0;      // events earlier than the one before them, kept
  int64_t unknown_words = 0;    // words of no defined type, skipped
  int64_t other_words = 0;      // sound words that carry neither event nor trigger nor time
  int64_t truncated_bytes = 0;  // bytes of an unfinished word at the end
  int64_t first_problem = -1;   // offset of the first word counted as a problem, -1 for none
};

// External trigger edges.
struct TriggerColumns {
  int64_t* t = nullptr;  // microseconds
  uint8_t* id = nullptr;
  uint8_t* value = nullptr;
  int64_t capacity = 0;
};

// Where a decoder writes. Only `events` is needed by every format.
struct DecodeOutput {
  MutableColumns events{};
  TriggerColumns triggers{};
  uint8_t* rgb = nullptr;      // ES colour: 3 bytes for each event of `events`
  MutableColumns exposures{};  // ES ATIS: t, x, y, and p = 0 exposure start, 1 exposure end
};

// What one call did. Fewer bytes than given mean that an output is full: call again with the rest.
struct DecodeProgress {
  int64_t bytes = 0;
  int64_t events = 0;
  int64_t triggers = 0;
  int64_t exposures = 0;
};

}  // namespace nk
