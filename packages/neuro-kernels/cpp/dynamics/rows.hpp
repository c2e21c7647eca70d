// Rows of a chunk in memory: asked for ahead of time, and written past the cache. For *.isa.cpp
// files only.
#pragma once

#include <cstring>

#include "neuro_kernels/dynamics/neuron.hpp"

#if defined(NK_X86_LEVELS)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the undefined operands inside its own intrinsics for mistakes (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#endif

namespace nk::NK_ISA {
namespace {

constexpr int64_t kLineBytes = 64;
// Columns that are computed between two rounds of prefetching: the rows of a chunk are too short,
// and too far apart, for the processor to foresee, and it can wait for some 20 lines at a time.
template <class T>
constexpr int64_t kBlock = 512 / static_cast<int64_t>(sizeof(T));
// Prefetching is this many steps ahead.
constexpr int64_t kStepsAhead = 2;

template <bool Write = false, class T>
inline void prefetch_row([[maybe_unused]] const T* row, [[maybe_unused]] int64_t n) {
#if defined(__GNUC__)
  for (int64_t j = 0; j < n; j += kLineBytes / static_cast<int64_t>(sizeof(T)))
    __builtin_prefetch(row + j, Write ? 1 : 0, 2);
#endif
}

// Copies whole lines to memory that is not read soon: past the cache, without reading the line
// first. Both pointers stand at a line.
template <class T>
inline void stream_row(T* to, const T* from, int64_t n) {
  const int64_t bytes = n * static_cast<int64_t>(sizeof(T));
#if defined(NK_X86_LEVELS)
  auto* const lines = reinterpret_cast<char*>(to);
  const auto* const source = reinterpret_cast<const char*>(from);
#if defined(__AVX512F__)
  for (int64_t k = 0; k < bytes; k += 64)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(lines + k), _mm512_load_si512(source + k));
#elif defined(__AVX__)
  for (int64_t k = 0; k < bytes; k += 32)
    _mm256_stream_si256(reinterpret_cast<__m256i*>(lines + k),
                        _mm256_load_si256(reinterpret_cast<const __m256i*>(source + k)));
#else
  for (int64_t k = 0; k < bytes; k += 16)
    _mm_stream_si128(reinterpret_cast<__m128i*>(lines + k),
                     _mm_load_si128(reinterpret_cast<const __m128i*>(source + k)));
#endif
#else
  std::memcpy(to, from, static_cast<size_t>(bytes));
#endif
}

// What was streamed is visible to whoever is told afterwards that it is there.
inline void finish_streaming() {
#if defined(NK_X86_LEVELS)
  _mm_sfence();
#endif
}

}  // namespace
}  // namespace nk::NK_ISA
