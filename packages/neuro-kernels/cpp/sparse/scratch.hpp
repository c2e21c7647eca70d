// Scratch memory of the event-driven layers.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "neuro_kernels/sparse/linear.hpp"

namespace nk {

// Memory that begins on a vector's boundary, kept by each thread between calls: fresh memory would
// cost a page fault per 4 KiB. One per type and slot; null: there is none.
template <class T, int Slot>
T* scratch(int64_t size) noexcept {
  thread_local Memory<char> memory;
  thread_local int64_t held = 0;
  const int64_t bytes = size * static_cast<int64_t>(sizeof(T));
  if (held < bytes) {
    memory.reset(static_cast<char*>(std::malloc(static_cast<size_t>(bytes + kVectorBytes))));
    held = memory ? bytes : 0;
    if (!memory) return nullptr;
  }
  const auto address = reinterpret_cast<uintptr_t>(memory.get());
  return reinterpret_cast<T*>((address + kVectorBytes - 1) / kVectorBytes * kVectorBytes);
}

}  // namespace nk
