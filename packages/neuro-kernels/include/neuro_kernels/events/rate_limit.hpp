// An upper bound for the event rate.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"

namespace nk {

// A bucket of credit: it fills by `rate_hz` per second up to `burst` events, and each event kept
// takes one. Events that find less than one are dropped. In millionths of an event, hence exact.
struct Bucket {
  int64_t credit;  // starts full: burst * 1'000'000
  int64_t t;       // of the last event; kNeverFired before the first
};

// Marks the events that find credit; time that goes back adds none. rate_hz and burst are from 1 to
// 10^12. Returns the number kept.
int64_t mark_within_rate(const int64_t* t, int64_t n, int64_t rate_hz, int64_t burst,
                         Bucket* bucket, uint8_t* keep) noexcept;

}  // namespace nk
