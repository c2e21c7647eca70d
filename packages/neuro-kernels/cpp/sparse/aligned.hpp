// Scratch memory of the event-driven layers.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "neuro_kernels/sparse/linear.hpp"

namespace nk {

// Memory that begins on a vector's boundary; null: there is none.
template <class T>
T* aligned(int64_t size, Memory<T>& memory) noexcept {
  memory.reset(static_cast<T*>(std::malloc(static_cast<size_t>(size) * sizeof(T) + kVectorBytes)));
  const auto address = reinterpret_cast<uintptr_t>(memory.get());
  return memory ? reinterpret_cast<T*>((address + kVectorBytes - 1) / kVectorBytes * kVectorBytes)
                : nullptr;
}

}  // namespace nk
