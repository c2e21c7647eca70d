#include <cstring>

#include "neuro_kernels/codecs/lz4.hpp"

namespace nk {
namespace {

constexpr uint32_t kMagic = 0x184D2204;
constexpr uint32_t kSkippable = 0x184D2A50;  // the low four bits are free

uint32_t load32(const uint8_t* data) noexcept {
  uint32_t word;
  std::memcpy(&word, data, 4);
  return word;
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
      status = lz4_kernels().block(in, have, begin, out, out_end);
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
