// Events to words of a fixed width, one word each: what EVT 2.0 and DAT mostly are.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

// What the events of one piece share, and how wide the sensor is.
struct PackPlan {
  uint32_t width = 0, height = 0;  // of the sensor, at most 65535
  int time_shift = 0;              // of the time, the bits from here on must be `high`
  int64_t high = 0;
  int y_shift = 0, p_shift = 0;  // DAT: places in the second half of a record
};

struct EventPackKernels {
  // Writes the events from `i` on, one word each, until one does not fit the plan or all are
  // written; returns their number. The output has room for all of them.
  int64_t (*evt2)(const Columns&, int64_t i, const PackPlan&, uint8_t* out);
  int64_t (*dat)(const Columns&, int64_t i, const PackPlan&, uint8_t* out);
};

}  // namespace nk

NK_KERNEL_TABLE(EventPackKernels, event_pack_kernels)
