// Time surfaces with exponential decay.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"
#include "neuro_kernels/represent/frame.hpp"

namespace nk {

// State of a surface: for each polarity and pixel the latest event time, (2, height, width).
constexpr int64_t kNoEvent = INT64_MIN;

// last[p][y][x] = the latest of its value and the times of the events there; starts as kNoEvent
// everywhere. Returns the number of events outside the frame, which are left out.
int64_t mark_latest(const Columns& events, int64_t width, int64_t height, int64_t* last) noexcept;

struct DecayKernels {
  // out[i] = exp(-(t - last[i]) / tau), 1 where last[i] > t, 0 where last[i] is kNoEvent. The error
  // is below 2e-7 of the value; values below 2^-126 become 0. tau > 0, in microseconds.
  void (*decay)(const int64_t* last, int64_t n, int64_t t, double tau, float* out) noexcept;
  // Sets the place of every event to the value that `decay` gives for its time: for events in the
  // order of time the same surface, without the array of times. Returns the events outside.
  int64_t (*paint)(const Columns& events, const FrameShape&, int64_t t, double tau,
                   float* out) noexcept;
  // See the function of this name.
  int64_t (*mark_latest)(const Columns& events, const FrameShape&, int64_t* last) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(DecayKernels, decay_kernels)
