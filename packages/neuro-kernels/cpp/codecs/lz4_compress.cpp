#include <bit>
#include <cstring>

#include "neuro_kernels/codecs/lz4.hpp"

namespace nk {
namespace {

constexpr int64_t kBlock = 4 << 20;   // largest block; said in the descriptor
constexpr int64_t kLastLiterals = 5;  // rules of the format: the end of a block is literals,
constexpr int64_t kLastMatch = 12;    // and no match begins near it
constexpr int kHashBits = 12;         // the table fits the level-1 cache with the data around it

template <class Word>
Word load(const uint8_t* data) noexcept {
  Word word;
  std::memcpy(&word, data, sizeof(Word));
  return word;
}

uint32_t hash(uint64_t word) noexcept {
  // Five bytes, as many as a match that saves something is long.
  constexpr uint64_t prime = 889523592379u;
  return static_cast<uint32_t>(((word << 24) * prime) >> (64 - kHashBits));
}

int64_t common(const uint8_t* a, const uint8_t* b, const uint8_t* a_end) noexcept {
  const uint8_t* const start = a;
  while (a_end - a >= 8) {
    const uint64_t apart = load<uint64_t>(a) ^ load<uint64_t>(b);
    if (apart != 0) return a - start + (std::countr_zero(apart) >> 3);
    a += 8;
    b += 8;
  }
  while (a < a_end && *a == *b) ++a, ++b;
  return a - start;
}

uint8_t* put_length(uint8_t* out, int64_t length) noexcept {
  for (; length >= 255; length -= 255) *out++ = 255;
  *out++ = static_cast<uint8_t>(length);
  return out;
}

uint8_t* put_literals(uint8_t* out, const uint8_t* from, int64_t n, uint32_t match) noexcept {
  *out++ = static_cast<uint8_t>((n < 15 ? n : 15) << 4 | match);
  if (n >= 15) out = put_length(out, n - 15);
  if (n > 0) std::memcpy(out, from, static_cast<size_t>(n));
  return out + n;
}

// Returns the length of the packed block, or 0 where it is not shorter than `n`.
int64_t block(const uint8_t* data, int64_t n, uint8_t* const out) noexcept {
  uint32_t table[1 << kHashBits] = {};  // place + 1 of the last word with this hash, 0: none
  const uint8_t* anchor = data;         // what comes before is written
  const uint8_t* const end = data + n;
  const uint8_t* const match_end = end - kLastLiterals;
  uint8_t* to = out;
  const uint8_t* in = data;
  const uint8_t* const last = n > kLastMatch ? end - kLastMatch : data;
  while (in < last) {
    const uint8_t* found = nullptr;
    for (int64_t tries = 64; in < last; in += tries++ >> 6) {
      const uint64_t word = load<uint64_t>(in);
      uint32_t& entry = table[hash(word)];
      const int64_t place = static_cast<int64_t>(entry) - 1;
      const int64_t here = in - data;
      entry = static_cast<uint32_t>(here + 1);
      if (place >= 0 && here - place <= 65535 &&
          load<uint32_t>(data + place) == static_cast<uint32_t>(word)) {
        found = data + place;
        break;
      }
    }
    if (found == nullptr) break;
    while (in > anchor && found > data && in[-1] == found[-1]) --in, --found;
    const int64_t length = 4 + common(in + 4, found + 4, match_end);
    const int64_t more = length - 4;
    // Incompressible data may grow: give up before the output is longer than the input.
    const int64_t literals = in - anchor;
    if (to - out + literals + literals / 255 + more / 255 + 16 > n) return 0;
    to = put_literals(to, anchor, literals, static_cast<uint32_t>(more < 15 ? more : 15));
    const int64_t offset = in - found;
    *to++ = static_cast<uint8_t>(offset);
    *to++ = static_cast<uint8_t>(offset >> 8);
    if (more >= 15) to = put_length(to, more - 15);
    in += length;
    anchor = in;
    if (in < last) table[hash(load<uint64_t>(in - 2))] = static_cast<uint32_t>(in - 2 - data + 1);
  }
  const int64_t literals = end - anchor;
  if (to - out + literals + literals / 255 + 16 > n) return 0;
  return put_literals(to, anchor, literals, 0) - out;
}

uint8_t* put32(uint8_t* out, uint32_t word) noexcept {
  std::memcpy(out, &word, 4);
  return out + 4;
}

// Above this share of the input, in percent, records do not resemble each other enough.
constexpr int64_t kMostOfRecords = 60;

int64_t record_block(const uint8_t* data, int64_t n, uint8_t* const out) noexcept {
  const auto records = lz4_record_kernels().block;
  const int64_t packed = records(data, n, out);
  if (packed > 0 && packed <= n * kMostOfRecords / 100) return packed;
  const int64_t other = block(data, n, out);
  if (packed == 0 || packed >= n || (other > 0 && other <= packed)) return other;
  return records(data, n, out);
}

template <class Block>
int64_t frame(const uint8_t* data, int64_t n, uint8_t* out, Block block) noexcept {
  uint8_t* to = put32(out, 0x184D2204);
  to[0] = 0x60;  // version 1, independent blocks
  to[1] = 0x70;  // blocks of up to 4 MiB
  to[2] = static_cast<uint8_t>(xxh32(to, 2, 0) >> 8);
  to += 3;
  for (int64_t at = 0; at < n; at += kBlock) {
    const int64_t part = n - at < kBlock ? n - at : kBlock;
    const int64_t packed = block(data + at, part, to + 4);
    if (packed > 0) {
      to = put32(to, static_cast<uint32_t>(packed)) + packed;
      continue;
    }
    to = put32(to, static_cast<uint32_t>(part) | 0x80000000u);
    std::memcpy(to, data + at, static_cast<size_t>(part));
    to += part;
  }
  return put32(to, 0) - out;
}

}  // namespace

int64_t lz4_compress(const uint8_t* data, int64_t n, uint8_t* out) noexcept {
  return frame(data, n, out, block);
}

int64_t lz4_compress_records(const uint8_t* data, int64_t n, uint8_t* out) noexcept {
  return frame(data, n, out, record_block);
}

}  // namespace nk
