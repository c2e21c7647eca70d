// Lines of plain numbers, many at a time.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/columns.hpp"
#include "neuro_kernels/core/isa.hpp"

namespace nk {

// What plain lines look like, and what their numbers must keep to.
struct PlainLines {
  static constexpr int64_t kBefore = 16;  // bytes in front of the text that must be readable

  int32_t t = 0, x = 1, y = 2, p = 3;  // which of the four fields is which
  char separator = ',';
  int32_t width = 65536, height = 65536;
  int64_t last_t = 0;
};

struct PlainProgress {
  int64_t bytes = 0, events = 0;
};

struct TextKernels {
  // Decodes lines that are whole, plain and sound: four unsigned decimal numbers, the time of at
  // most 16 digits and not before the last one, x and y of at most 4 digits inside the sensor, the
  // polarity 0 or 1. Stops at the first line that needs more care, at the latest in the last 64
  // bytes. `last_t` is brought up to date.
  PlainProgress (*decode)(PlainLines&, const char* text, int64_t n,
                          const MutableColumns& to) noexcept;
};

}  // namespace nk

NK_KERNEL_TABLE(TextKernels, text_kernels)
