// Vectors as wide as the instruction set, for accumulators that must stay in registers. For
// *.isa.cpp files only.
#pragma once

#include <cstdint>

#if defined(__AVX512F__)
#define NK_LANE_BYTES 64
#elif defined(__AVX__)
#define NK_LANE_BYTES 32
#else
#define NK_LANE_BYTES 16
#endif

// NK_IN_PLACE: a function that is handed accumulators, which stay in registers only within one.
#if defined(__GNUC__)
#define NK_UNROLL _Pragma("GCC unroll 16")
#define NK_IN_PLACE __attribute__((always_inline)) inline
#else
#define NK_UNROLL
#define NK_IN_PLACE inline
#endif

namespace nk::NK_ISA {
namespace {

template <class T>
struct Lanes {
  static constexpr int64_t n = NK_LANE_BYTES / sizeof(T);
#if defined(__GNUC__)
  typedef T V __attribute__((vector_size(NK_LANE_BYTES)));
  static V load(const T* p) {
    V v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
  }
  static void store(T* p, const V& v) { __builtin_memcpy(p, &v, sizeof v); }
  static V splat(T x) { return V{} + x; }
  static void add(V& a, const V& b) { a += b; }
  static void add(V& a, const V& b, const V& scale) { a += b * scale; }
#else
  struct V {
    T lane[n];
  };
  static V load(const T* p) {
    V v;
    for (int64_t i = 0; i < n; ++i) v.lane[i] = p[i];
    return v;
  }
  static void store(T* p, const V& v) {
    for (int64_t i = 0; i < n; ++i) p[i] = v.lane[i];
  }
  static V splat(T x) {
    V v;
    for (int64_t i = 0; i < n; ++i) v.lane[i] = x;
    return v;
  }
  static void add(V& a, const V& b) {
    for (int64_t i = 0; i < n; ++i) a.lane[i] += b.lane[i];
  }
  static void add(V& a, const V& b, const V& scale) {
    for (int64_t i = 0; i < n; ++i) a.lane[i] += b.lane[i] * scale.lane[i];
  }
#endif
};

// Calls body.template operator()<N>(first) for parts of up to 8 vectors that cover `width` values,
// a multiple of the lanes.
template <class T, class Body>
inline void in_vectors(int64_t width, Body&& body) {
  constexpr int64_t n = Lanes<T>::n;
  int64_t first = 0;
  for (; first + 8 * n <= width; first += 8 * n) body.template operator()<8>(first);
  switch ((width - first) / n) {
    case 1: body.template operator()<1>(first); break;
    case 2: body.template operator()<2>(first); break;
    case 3: body.template operator()<3>(first); break;
    case 4: body.template operator()<4>(first); break;
    case 5: body.template operator()<5>(first); break;
    case 6: body.template operator()<6>(first); break;
    case 7: body.template operator()<7>(first); break;
    default: break;
  }
}

}  // namespace
}  // namespace nk::NK_ISA
