// Event records of AEDAT 4: 16 bytes each, as dv-processing keeps them in memory.
//
//   t i64, x i16, y i16, polarity u8, three unused bytes
#pragma once

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct EventRecordState {
  int32_t width = 32768, height = 32768;  // events at or beyond are left out
  int64_t last_t = INT64_MIN;
  DecodeCounts counts;  // offsets count bytes of all records since the first
};

// What events span; all 0 for none.
struct EventExtent {
  int64_t first = 0, last = 0;  // earliest and latest time
  int64_t x = 0, y = 0;         // largest coordinates
};

struct EventRecordKernels {
  // Decodes `n` records into columns with room for as many; returns the events written.
  int64_t (*decode)(EventRecordState&, const uint8_t* data, int64_t n, const MutableColumns&);
  void (*encode)(const Columns&, uint8_t* out);
  EventExtent (*extent)(const Columns&);
};

}  // namespace nk

NK_KERNEL_TABLE(EventRecordKernels, event_record_kernels)
