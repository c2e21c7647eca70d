// Lines of a sensor whose arbiter was saturated: many events of one row (or column) in a run.
#pragma once

#include <cstdint>

namespace nk {

// The run that a stretch of events ends with, which the next events may continue.
struct OpenRun {
  int64_t begin;   // its first event in this stretch
  int64_t length;  // its events, those before this stretch included
};

// keep[i] = 1 where event i lies in a run of at most `limit` events with the same `line`. The first
// run goes on from `before` events of its line. Events of the last run are marked as if it ended.
// Returns the number kept.
int64_t mark_lines(const uint16_t* line, int64_t n, int64_t limit, int64_t before, uint8_t* keep,
                   OpenRun* open) noexcept;

}  // namespace nk
