// What all encoders share.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// Why an event cannot be written.
enum class EncodeError : int {
  none = 0,
  x_range = 1,         // x does not fit the format or the sensor
  y_range = 2,         // y does not fit the format or the sensor
  negative_time = 3,   // time below zero
  time_backwards = 4,  // earlier than the event before by more than the format can say
  time_gap = 5,        // later than the format can say
  no_triggers = 6,     // the format has no external triggers
};

// What one call did. Fewer events than given and no error mean that the output is full: call again
// with the rest. After an error `events` is the index of the event that cannot be written.
struct EncodeProgress {
  int64_t events = 0;
  int64_t bytes = 0;
  EncodeError error = EncodeError::none;
};

}  // namespace nk
