#include "neuro_kernels/render/lzw.hpp"

#include <cstring>

namespace nk {
namespace {

constexpr uint32_t code_limit = 4096;

// Codes packed from the least significant bit into sub-blocks of at most 255 bytes.
class Blocks {
 public:
  explicit Blocks(uint8_t* out) noexcept : begin_(out), length_(out), next_(out + 1) {}

  void put(uint32_t code, int bits) noexcept {
    held_ |= static_cast<uint64_t>(code) << count_;
    count_ += bits;
    while (count_ >= 8) {
      byte(static_cast<uint8_t>(held_));
      held_ >>= 8;
      count_ -= 8;
    }
  }

  int64_t finish() noexcept {
    if (count_ > 0) byte(static_cast<uint8_t>(held_));
    *length_ = static_cast<uint8_t>(next_ - length_ - 1);
    if (*length_ != 0) *next_++ = 0;
    return next_ - begin_;
  }

 private:
  void byte(uint8_t value) noexcept {
    *next_++ = value;
    if (next_ - length_ == 256) {
      *length_ = 255;
      length_ = next_++;
    }
  }

  uint8_t *begin_, *length_, *next_;
  uint64_t held_ = 0;
  int count_ = 0;
};

// String table: (code of the prefix, next index) -> code. Open addressing, at most half full. A
// cell holds 12 + 8 bits of key above 12 of code, so that the table fits into the first-level
// cache; no string has code 0, hence no cell that is taken is 0.
class Strings {
 public:
  Strings() noexcept { clear(); }

  void clear() noexcept { std::memset(cells_, 0, sizeof cells_); }

  // The code of a string, or 0; then `put` may be called.
  uint32_t find(uint32_t key) noexcept {
    uint32_t s = (key * 2654435761u) >> (32 - 13);
    while (cells_[s] != 0) {
      if (cells_[s] >> 12 == key) return cells_[s] & 4095;
      s = (s + 1) & 8191;
    }
    free_ = s;
    key_ = key;
    return 0;
  }
  void put(uint32_t code) noexcept { cells_[free_] = key_ << 12 | code; }

 private:
  uint32_t cells_[8192];
  uint32_t key_ = 0, free_ = 0;
};

}  // namespace

int64_t lzw_bound(int64_t pixels) noexcept {
  // At most one code of 12 bits per pixel, a clear code per 3000 codes and a length byte per 255.
  return 64 + pixels * 2;
}

int64_t lzw_encode(const uint8_t* index, const uint8_t* before, int64_t stride, Rectangle area,
                   int code_size, uint8_t transparent, uint8_t* out) noexcept {
  const uint32_t clear = 1u << code_size;
  out[0] = static_cast<uint8_t>(code_size);
  Blocks blocks(out + 1);
  Strings strings;
  uint32_t next = clear + 2, prefix = 0;
  int bits = code_size + 1;
  bool first = true;
  blocks.put(clear, bits);
  for (int64_t y = area.y; y < area.y + area.height; ++y) {
    for (int64_t x = area.x; x < area.x + area.width; ++x) {
      const int64_t i = y * stride + x;
      const uint32_t pixel = before != nullptr && before[i] == index[i] ? transparent : index[i];
      if (first) {
        prefix = pixel;
        first = false;
        continue;
      }
      const uint32_t key = (prefix << 8) | pixel;
      const uint32_t known = strings.find(key);
      if (known != 0) {
        prefix = known;
        continue;
      }
      blocks.put(prefix, bits);
      prefix = pixel;
      if (next == code_limit) {
        blocks.put(clear, bits);
        strings.clear();
        next = clear + 2;
        bits = code_size + 1;
        continue;
      }
      // A decoder adds its entry one code later, hence grows at the same `next`.
      if (next == (1u << bits)) ++bits;
      strings.put(next++);
    }
  }
  if (!first) blocks.put(prefix, bits);
  // The last string code may have filled the current code length for the decoder.
  if (!first && next == (1u << bits) && next < code_limit) ++bits;
  blocks.put(clear + 1, bits);
  return 1 + blocks.finish();
}

}  // namespace nk
