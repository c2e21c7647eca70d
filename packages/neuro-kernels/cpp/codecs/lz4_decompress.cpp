#include <cstring>

#include "neuro_kernels/codecs/lz4.hpp"

namespace nk {
namespace {

constexpr uint32_t kMagic = 0x184D2204;
constexpr uint32_t kSkippable = 0x184D2A50;  // the low four bits are free
constexpr int64_t kWide = 16;                // bytes that are copied at once

uint32_t load32(const uint8_t* data) noexcept {
  uint32_t word;
  std::memcpy(&word, data, 4);
  return word;
}

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

// Unpacks one block behind what `out` holds since `begin`; moves `out` as far as it came.
Lz4Status block(const uint8_t* in, int64_t n, const uint8_t* begin, uint8_t*& out,
                const uint8_t* out_end) noexcept {
  const uint8_t* const end = in + n;
  while (in < end) {
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

Lz4Result lz4_decompress(const uint8_t* data, int64_t n, uint8_t* out, int64_t capacity) noexcept {
  uint8_t* const begin = out;
  const uint8_t* const out_end = out + capacity;
  const uint8_t* in = data;
  const uint8_t* const end = data + n;
  const auto result = [&](Lz4Status status) -> Lz4Result {
    return {status, out - begin, in - data};
  };
  while (end - in >= 8 && (load32(in) & ~15u) == kSkippable) {
    const int64_t size = load32(in + 4);
    if (size > end - in - 8) return result(Lz4Status::damaged);
    in += 8 + size;
  }
  if (end - in < 7 || load32(in) != kMagic) return result(Lz4Status::damaged);
  const uint8_t flags = in[4];
  const bool block_sums = (flags & 0x10) != 0, has_size = (flags & 0x08) != 0;
  const bool content_sum = (flags & 0x04) != 0, dictionary = (flags & 0x01) != 0;
  const int64_t descriptor = 2 + (has_size ? 8 : 0);
  if (flags >> 6 != 1 || dictionary || end - in < 4 + descriptor + 1)
    return result(Lz4Status::damaged);
  if (((xxh32(in + 4, descriptor, 0) >> 8) & 0xFF) != in[4 + descriptor])
    return result(Lz4Status::damaged);
  uint64_t size = 0;
  if (has_size) std::memcpy(&size, in + 6, 8);
  in += 4 + descriptor + 1;
  while (true) {
    if (end - in < 4) return result(Lz4Status::damaged);
    const uint32_t head = load32(in);
    in += 4;
    if (head == 0) break;
    const int64_t length = head & 0x7FFFFFFF;
    // The part of a block that a cut file still has is unpacked too.
    const int64_t have = length < end - in ? length : end - in;
    Lz4Status status = Lz4Status::done;
    if (head >> 31 != 0) {
      if (have > out_end - out) return result(Lz4Status::output_full);
      if (have > 0) std::memcpy(out, in, static_cast<size_t>(have));
      out += have;
    } else {
      status = block(in, have, begin, out, out_end);
    }
    if (status != Lz4Status::done) return result(status);
    if (have < length) return result(Lz4Status::damaged);
    const uint8_t* const stored = in;
    in += length;
    if (!block_sums) continue;
    if (end - in < 4 || load32(in) != xxh32(stored, length, 0)) return result(Lz4Status::damaged);
    in += 4;
  }
  if (content_sum) {
    if (end - in < 4 || load32(in) != xxh32(begin, out - begin, 0))
      return result(Lz4Status::damaged);
    in += 4;
  }
  if (has_size && size != static_cast<uint64_t>(out - begin)) return result(Lz4Status::damaged);
  return result(Lz4Status::done);
}

}  // namespace nk
