// Event columns as kernels see them: four arrays of one length.
#pragma once

#include <cstdint>

namespace nk {

struct Columns {
  const int64_t* t;   // microseconds
  const uint16_t* x;  // to the right
  const uint16_t* y;  // down
  const uint8_t* p;   // 1 = ON, 0 = OFF
  int64_t n;
};

struct MutableColumns {
  int64_t* t;
  uint16_t* x;
  uint16_t* y;
  uint8_t* p;
  int64_t capacity;
};

}  // namespace nk
