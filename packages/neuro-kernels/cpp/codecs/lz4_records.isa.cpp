#include "neuro_kernels/codecs/lz4.hpp"

#if defined(__AVX512BW__)
#include "avx512.hpp"
#elif defined(__SSE2__)
#include <immintrin.h>
#endif
#include "neuro_kernels/codecs/words.hpp"

namespace nk::NK_ISA {
namespace {

constexpr int64_t kRecord = 16;
constexpr int64_t kLastLiterals = 5;  // rules of the format: the end of a block is literals,
constexpr int64_t kLastMatch = 12;    // and no match begins near it
constexpr int64_t kLeast = 4;         // bytes of a match
constexpr int64_t kWindow = 64;

int64_t trailing_zeros(uint64_t bits) noexcept {
  const uint32_t low = static_cast<uint32_t>(bits);
  return low != 0 ? lowest_bit(low) : 32 + lowest_bit(static_cast<uint32_t>(bits >> 32));
}

// Bit k: byte k is the same as the one a record before it.
uint64_t equal(const uint8_t* at) noexcept {
#if defined(__AVX512BW__)
  return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(at), _mm512_loadu_si512(at - kRecord));
#elif defined(__SSE2__)
  uint64_t mask = 0;
  for (int k = 0; k < 4; ++k) {
    const auto* const here = reinterpret_cast<const __m128i*>(at) + k;
    const __m128i same = _mm_cmpeq_epi8(_mm_loadu_si128(here), _mm_loadu_si128(here - 1));
    mask |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(same))) << (16 * k);
  }
  return mask;
#else
  uint64_t mask = 0;
  for (int k = 0; k < kWindow; ++k) mask |= static_cast<uint64_t>(at[k] == at[k - kRecord]) << k;
  return mask;
#endif
}

// The same for the last bytes: what lies behind `n` is not looked at.
uint64_t equal_few(const uint8_t* at, int64_t n) noexcept {
  uint64_t mask = 0;
  for (int64_t k = 0; k < n && k < kWindow; ++k)
    mask |= static_cast<uint64_t>(at[k] == at[k - kRecord]) << k;
  return mask;
}

uint8_t* put_length(uint8_t* out, int64_t length) noexcept {
  for (; length >= 255; length -= 255) *out++ = 255;
  *out++ = static_cast<uint8_t>(length);
  return out;
}

// `readable`: bytes from the literals to the end of the input.
uint8_t* put_sequence(uint8_t* out, const uint8_t* literals, int64_t n, int64_t match,
                      int64_t readable) noexcept {
  const int64_t more = match - kLeast;
  *out++ = static_cast<uint8_t>((n < 15 ? n : 15) << 4 | (more < 15 ? more : 15));
  if (n >= 15) out = put_length(out, n - 15);
  if (n < 15 && readable >= 16) {
    std::memcpy(out, literals, 16);  // a few more than needed: the next sequence lies over them
  } else {
    std::memcpy(out, literals, static_cast<size_t>(n));
  }
  out += n;
  *out++ = kRecord;
  *out++ = 0;
  return more < 15 ? out : put_length(out, more - 15);
}

int64_t block(const uint8_t* data, int64_t n, uint8_t* const out) noexcept {
  if (n < kRecord + kWindow) return 0;
  const uint8_t* const match_end = data + n - kLastLiterals;
  const uint8_t* const last = data + n - kLastMatch;
  const uint8_t* anchor = data;  // what comes before is written
  const uint8_t* in = data + kRecord;
  uint8_t* to = out;
  while (in < last) {
    const int64_t left = match_end - in;
    const int64_t window = left < kWindow ? left : kWindow;
    const uint64_t same = left < kWindow ? equal_few(in, left) : equal(in);
    int64_t at = 0;  // bytes of the window that are done
    while (at < window) {
      const uint64_t rest = same >> at;
      const uint64_t begins = rest & rest >> 1 & rest >> 2 & rest >> 3;
      const int64_t first = begins == 0 ? window : at + trailing_zeros(begins);
      if (begins == 0 || in + first >= last) {
        // A match may begin with the last bytes, which the next window shows again.
        at = at > window - kLeast + 1 ? at : window - kLeast + 1;
        break;
      }
      const uint64_t after = ~(same >> first);
      int64_t end = after == 0 ? kWindow : first + trailing_zeros(after);
      if (end >= window)
        while (in + end < match_end && in[end] == in[end - kRecord]) ++end;
      to = put_sequence(to, anchor, in + first - anchor, end - first, data + n - anchor);
      anchor = in + end;
      at = end;
    }
    in += at;
  }
  const int64_t literals = data + n - anchor;
  *to++ = static_cast<uint8_t>((literals < 15 ? literals : 15) << 4);
  if (literals >= 15) to = put_length(to, literals - 15);
  std::memcpy(to, anchor, static_cast<size_t>(literals));
  to += literals;
  return to - out;
}

}  // namespace

const Lz4RecordKernels lz4_record_kernels{block};

}  // namespace nk::NK_ISA
