// Decoded events on their way to memory that no cache holds. For .isa.cpp files only: everything
// has internal linkage.
#pragma once

#if defined(__AVX512BW__)
#include "avx512.hpp"
#endif
#include "neuro_kernels/codecs/words.hpp"

namespace nk {
namespace {

// With room for more events than this, what is written will have left the caches before anybody
// reads it: whole lines then go around them, which saves reading the lines first.
constexpr int64_t kStreamed = int64_t{1} << 20;

#if defined(__AVX512BW__)

inline void stream(void* to, const void* from, int64_t n) noexcept {
  auto* out = static_cast<uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  const auto ahead = static_cast<int64_t>(-reinterpret_cast<uintptr_t>(out) & 63);
  const int64_t head = ahead < n ? ahead : n;
  std::memcpy(out, in, static_cast<size_t>(head));
  int64_t i = head;
  for (; i + 64 <= n; i += 64)
    _mm512_stream_si512(reinterpret_cast<__m512i*>(out + i), _mm512_loadu_si512(in + i));
  std::memcpy(out + i, in + i, static_cast<size_t>(n - i));
}

// Columns of at most N events in the level-1 cache.
template <int64_t N>
struct Staged {
  alignas(64) int64_t t[N];
  alignas(64) uint16_t x[N];
  alignas(64) uint16_t y[N];
  alignas(64) uint8_t p[N];

  void flush(const MutableColumns& to, int64_t at, int64_t n) const noexcept {
    stream(to.t + at, t, 8 * n);
    stream(to.x + at, x, 2 * n);
    stream(to.y + at, y, 2 * n);
    stream(to.p + at, p, n);
  }
};

#endif

// Calls `convert(t, x, y, p)` to write `n` events, at most N, behind the cursor.
template <int64_t N, class Convert>
inline void put_block(const Cursor& out, [[maybe_unused]] int64_t n, Convert convert) noexcept {
#if defined(__AVX512BW__)
  if (out.to.capacity - out.n > kStreamed) {
    Staged<N> staged;
    convert(staged.t, staged.x, staged.y, staged.p);
    staged.flush(out.to, out.n, n);
    return;
  }
#endif
  convert(out.to.t + out.n, out.to.x + out.n, out.to.y + out.n, out.to.p + out.n);
}

}  // namespace
}  // namespace nk
