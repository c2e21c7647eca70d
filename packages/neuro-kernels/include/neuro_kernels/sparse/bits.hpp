// Spikes as bits: what a backward pass needs of an array of zeros and ones, in a part of its
// memory.
#pragma once

#include <cstdint>

#include "neuro_kernels/core/isa.hpp"

namespace nk {

constexpr int64_t bit_bytes(int64_t n) noexcept { return (n + 7) / 8; }

template <class T>
struct BitTable {
  // Bit i % 8 of byte i / 8 is x[i]. False, as soon as a value is neither 0 nor 1; `bits` is then
  // of no use.
  bool (*pack)(const T* x, int64_t n, uint8_t* bits) noexcept;
  void (*unpack)(const uint8_t* bits, int64_t n, T* x) noexcept;
};

struct BitKernels {
  BitTable<float> f32;
  BitTable<double> f64;
};

}  // namespace nk

NK_KERNEL_TABLE(BitKernels, bit_kernels)
