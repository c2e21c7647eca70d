// Runs of events that one vector word can say: one time, row and polarity, and rising columns.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

// Events that a kernel looks at in one call.
inline constexpr int64_t kRunBlock = 64;

// What words of EVT 2.1 share, and how wide the sensor is.
struct MaskPlan {
  uint32_t width = 0, height = 0;
  int64_t high = 0;  // time without its low 6 bits
  bool upper_first = false;
};

struct EventRunKernels {
  // Looks at the events [i, i + 64) and at the one behind them, which must exist. Bit k of `starts`
  // says that event i + k + 1 begins another run than event i + k; with `group` = 5, events of
  // other groups of 32 columns do so too (16: no groups). Returns whether the 64 events all lie
  // inside the sensor and at times of 0 or later.
  bool (*starts)(const Columns&, int64_t i, uint32_t width, uint32_t height, int group,
                 uint64_t& starts);

  // Writes a word of EVT 2.1 for each run that is complete among the events [i, i + 64), up to the
  // first that has another time high; one more event must exist, and room for 72 words. Adds to
  // `bytes` and returns the events taken, 0 where one needs care. Null where there is no such code.
  int64_t (*masks)(const Columns&, int64_t i, const MaskPlan&, uint8_t* out, int64_t& bytes);
};

}  // namespace nk

NK_KERNEL_TABLE(EventRunKernels, event_run_kernels)
