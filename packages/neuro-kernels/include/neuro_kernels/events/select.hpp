// Picking events by a flag each.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

struct SelectKernels {
  // Copies the events whose flag is not 0, in order, into `out`, which has room for exactly
  // `out.capacity` of them; returns how many were copied. Stops when `out` is full.
  int64_t (*select)(const Columns& events, const uint8_t* keep, const MutableColumns& out) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(SelectKernels, select_kernels)

namespace nk {

inline int64_t select_events(const Columns& events, const uint8_t* keep,
                             const MutableColumns& out) noexcept {
  return select_kernels().select(events, keep, out);
}

}  // namespace nk
