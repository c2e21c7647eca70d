#include <cstring>

#include "neuro_kernels/codecs/lz4.hpp"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace nk::NK_ISA {
namespace {

constexpr int64_t kWide = 16;  // bytes that are copied at once

// Copies `n` bytes in pieces of 16; reads and writes up to 15 bytes more.
void copy_wide(uint8_t* to, const uint8_t* from, int64_t n) noexcept {
  const uint8_t* const end = to + n;
  do {
    std::memcpy(to, from, kWide);
    to += kWide;
    from += kWide;
  } while (to < end);
}

// A copy from `offset` bytes back, which may overlap itself.
void copy_match(uint8_t* to, int64_t offset, int64_t n, int64_t room) noexcept {
  const uint8_t* from = to - offset;
  if (offset >= kWide && room >= n + kWide) {
    copy_wide(to, from, n);
    return;
  }
  if (offset >= 8 && room >= n + 8) {
    for (int64_t i = 0; i < n; i += 8) std::memcpy(to + i, from + i, 8);
    return;
  }
  if (offset == 1) {
    std::memset(to, *from, static_cast<size_t>(n));
    return;
  }
  for (int64_t i = 0; i < n; ++i) to[i] = from[i];
}

// Adds the bytes that continue a length; false at the end of the input.
bool add_length(const uint8_t*& in, const uint8_t* end, int64_t& length) noexcept {
  uint8_t more;
  do {
    if (in >= end) return false;
    more = *in++;
    length += more;
  } while (more == 255);
  return true;
}

#if defined(__AVX2__)

// Where bytes come from when `k` bytes are pushed into 16: read at `k` for those that stay, and for
// those that come. A set upper bit gives zero.
alignas(64) constexpr uint8_t kStay[33] = {0,   1,   2,   3,   4,   5,   6,   7,   8,   9,   10,
                                           11,  12,  13,  14,  15,  128, 128, 128, 128, 128, 128,
                                           128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128};
alignas(64) constexpr uint8_t kCome[33] = {128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
                                           128, 128, 128, 128, 128, 0,   1,   2,   3,   4,   5,
                                           6,   7,   8,   9,   10,  11,  12,  13,  14,  15,  128};
alignas(64) constexpr uint8_t kTurn[32] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
                                           0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

__m128i load16(const uint8_t* from) noexcept {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

void store16(uint8_t* to, __m128i bytes) noexcept {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
}

// `last` without its first `k` bytes, and the first `k` bytes of `next` behind it.
__m128i push(__m128i last, __m128i next, uint32_t k) noexcept {
  return _mm_or_si128(_mm_shuffle_epi8(last, load16(kStay + k)),
                      _mm_shuffle_epi8(next, load16(kCome + k)));
}

// Unpacks sequences of few bytes far from all ends. The last 16 bytes of the output stay in a
// register: event records repeat what stands 16 bytes before, and to read that back from memory
// that was only just written would cost more than everything else.
void short_sequences(const uint8_t*& in, const uint8_t* end, const uint8_t* begin, uint8_t*& out,
                     const uint8_t* out_end) noexcept {
  if (out - begin < kWide || end - in < 1 + kWide + 2 || out_end - out < 4 * kWide) return;
  __m128i last = load16(out - kWide);
  while (end - in >= 1 + kWide + 2 && out_end - out >= 4 * kWide) {
    const uint32_t token = *in, literals = token >> 4, length = (token & 15) + 4;
    if (literals == 15 || length == 19) return;
    const uint8_t* const behind = in + 1 + literals;
    const int64_t offset = behind[0] | behind[1] << 8;
    if (offset < kWide || offset > out + literals - begin) return;
    const __m128i plain = load16(in + 1);
    store16(out, plain);
    out += literals;
    last = push(last, plain, literals);
    if (offset == kWide) {
      store16(out, last);
      store16(out + kWide, last);
      last = _mm_shuffle_epi8(last, load16(kTurn + (length & 15)));
    } else {
      const __m128i found = load16(out - offset);
      store16(out, found);
      if (length <= kWide) {
        last = push(last, found, length);
      } else {
        const __m128i more = load16(out + kWide - offset);
        store16(out + kWide, more);
        last = push(found, more, length - static_cast<uint32_t>(kWide));
      }
    }
    out += length;
    in = behind + 2;
  }
}

#else

// Unpacks sequences of few bytes far from all ends, in whole pieces of 16.
void short_sequences(const uint8_t*& in, const uint8_t* end, const uint8_t* begin, uint8_t*& out,
                     const uint8_t* out_end) noexcept {
  while (end - in >= 1 + kWide + 2 && out_end - out >= 4 * kWide) {
    const uint32_t token = *in, literals = token >> 4, length = (token & 15) + 4;
    if (literals == 15 || length == 19) return;
    const uint8_t* const behind = in + 1 + literals;
    const int64_t offset = behind[0] | behind[1] << 8;
    if (offset < kWide || offset > out + literals - begin) return;
    std::memcpy(out, in + 1, kWide);
    out += literals;
    std::memcpy(out, out - offset, kWide);
    std::memcpy(out + kWide, out + kWide - offset, kWide);
    out += length;
    in = behind + 2;
  }
}

#endif

// Unpacks one block behind what `out` holds since `begin`; moves `out` as far as it came.
Lz4Status block(const uint8_t* in, int64_t n, const uint8_t* begin, uint8_t*& out,
                const uint8_t* out_end) noexcept {
  const uint8_t* const end = in + n;
  while (in < end) {
    short_sequences(in, end, begin, out, out_end);
    const uint32_t token = *in++;
    int64_t literals = token >> 4;
    if (literals == 15 && !add_length(in, end, literals)) return Lz4Status::damaged;
    if (literals > end - in) return Lz4Status::damaged;
    if (literals > out_end - out) return Lz4Status::output_full;
    if (end - in >= literals + kWide && out_end - out >= literals + kWide) {
      copy_wide(out, in, literals);
    } else if (literals > 0) {
      std::memcpy(out, in, static_cast<size_t>(literals));
    }
    out += literals;
    in += literals;
    if (in == end) return Lz4Status::done;
    if (end - in < 2) return Lz4Status::damaged;
    const int64_t offset = in[0] | in[1] << 8;
    in += 2;
    int64_t length = token & 15;
    if (length == 15 && !add_length(in, end, length)) return Lz4Status::damaged;
    length += 4;
    if (offset == 0 || offset > out - begin) return Lz4Status::damaged;
    if (length > out_end - out) return Lz4Status::output_full;
    copy_match(out, offset, length, out_end - out);
    out += length;
  }
  return Lz4Status::damaged;  // a block ends with literals
}

}  // namespace

const Lz4Kernels lz4_kernels{block};

}  // namespace nk::NK_ISA
