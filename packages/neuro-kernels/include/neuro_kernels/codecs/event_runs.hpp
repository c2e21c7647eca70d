// Runs of events that one vector word can say: one time, row and polarity, and rising columns.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

// Events that a kernel looks at in one call.
inline constexpr int64_t kRunBlock = 64;

struct EventRunKernels {
  // Looks at the events [i, i + 64) and at the one behind them, which must exist. Bit k of `starts`
  // says that event i + k + 1 begins another run than event i + k; with `group` = 5, events of
  // other groups of 32 columns do so too (16: no groups). Returns whether the 64 events all lie
  // inside the sensor and at times of 0 or later.
  bool (*starts)(const Columns&, int64_t i, uint32_t width, uint32_t height, int group,
                 uint64_t& starts);
};

}  // namespace nk

NK_KERNEL_TABLE(EventRunKernels, event_run_kernels)
