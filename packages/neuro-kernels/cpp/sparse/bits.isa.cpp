#include "neuro_kernels/sparse/bits.hpp"

#if defined(__AVX512F__)
#include "../codecs/avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

// Values between two looks at whether all were 0 or 1.
constexpr int64_t kBlock = 1024;

// 8 values, or the last ones.
template <class T>
inline bool pack_byte(const T* x, int64_t n, uint8_t& bits) {
  unsigned byte = 0;
  bool fits = true;
  for (int64_t i = 0; i < n; ++i) {
    byte |= static_cast<unsigned>(x[i] != T(0)) << i;
    fits &= x[i] == T(0) || x[i] == T(1);
  }
  bits = static_cast<uint8_t>(byte);
  return fits;
}

template <class T>
bool pack_block(const T* x, int64_t n, uint8_t* bits) {
  bool fits = true;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) fits &= pack_byte(x + i, 8, bits[i / 8]);
  if (i < n) fits &= pack_byte(x + i, n - i, bits[i / 8]);
  return fits;
}

#if defined(__AVX512F__)
bool pack_block(const float* x, int64_t n, uint8_t* bits) {
  const __m512 zero = _mm512_setzero_ps(), one = _mm512_set1_ps(1.0f);
  unsigned strange = 0;
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m512 v = _mm512_loadu_ps(x + i);
    const __mmask16 set = _mm512_cmp_ps_mask(v, zero, _CMP_NEQ_UQ);
    strange |= _mm512_mask_cmp_ps_mask(set, v, one, _CMP_NEQ_UQ);
    bits[i / 8] = static_cast<uint8_t>(set);
    bits[i / 8 + 1] = static_cast<uint8_t>(set >> 8);
  }
  return pack_block<float>(x + i, n - i, bits + i / 8) && strange == 0;
}
#endif

template <class T>
bool pack(const T* x, int64_t n, uint8_t* bits) noexcept {
  for (int64_t i = 0; i < n; i += kBlock)
    if (!pack_block(x + i, n - i < kBlock ? n - i : kBlock, bits + i / 8)) return false;
  return true;
}

template <class T>
void unpack(const uint8_t* bits, int64_t n, T* x) noexcept {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const unsigned byte = bits[i / 8];
    for (int j = 0; j < 8; ++j) x[i + j] = static_cast<T>((byte >> j) & 1U);
  }
  for (; i < n; ++i) x[i] = static_cast<T>((static_cast<unsigned>(bits[i / 8]) >> (i % 8)) & 1U);
}

}  // namespace

const BitKernels bit_kernels{{&pack<float>, &unpack<float>}, {&pack<double>, &unpack<double>}};

}  // namespace nk::NK_ISA
