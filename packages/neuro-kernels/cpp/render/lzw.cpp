#include "neuro_kernels/render/lzw.hpp"

#include <cstring>
#include <memory>
#include <new>

namespace nk {
namespace {

constexpr uint32_t code_limit = 4096;
constexpr int64_t block_bytes = 255;

// Codes packed from the least significant bit.
class Codes {
 public:
  explicit Codes(uint8_t* out) noexcept : next_(out) {}

  void put(uint32_t code, int bits) noexcept {
    held_ |= static_cast<uint64_t>(code) << count_;
    count_ += bits;
    store();
    next_ += count_ >> 3;
    held_ >>= count_ & 56;
    count_ &= 7;
  }

  uint8_t* finish() noexcept {
    store();
    return next_ + (count_ > 0);
  }

 private:
  // Always eight bytes: those that are not complete are written again. In order on any machine.
  void store() noexcept {
    for (int k = 0; k < 8; ++k) next_[k] = static_cast<uint8_t>(held_ >> 8 * k);
  }

  uint8_t* next_;
  uint64_t held_ = 0;
  int count_ = 0;
};

// The strings by (code of the prefix, next index) -> code; no string has code 0. One row per code,
// of as many cells as an index can have values: 512 KiB for 6 bits, which the second-level cache
// holds, and one load per pixel.
class Rows {
 public:
  using Cell = uint16_t;

  static int64_t cells(int code_size) noexcept { return int64_t{code_limit} << code_size; }

  Rows(Cell* cells, int code_size) noexcept : cells_(cells), code_size_(code_size) {}

  void clear(uint32_t used) noexcept {
    std::memset(cells_, 0, sizeof(Cell) * (static_cast<size_t>(used) << code_size_));
  }
  uint32_t find(uint32_t prefix, uint32_t pixel) noexcept {
    cell_ = cells_ + (static_cast<size_t>(prefix) << code_size_ | pixel);
    return *cell_;
  }
  void put(uint32_t code) noexcept { *cell_ = static_cast<Cell>(code); }

 private:
  Cell *cells_, *cell_ = nullptr;
  int code_size_;
};

// The same for 8 bits, of which rows would take 2 MiB to be emptied again and again. Open
// addressing, at most half full: a cell holds 12 + 8 bits of key above 12 of code.
class Hashed {
 public:
  using Cell = uint32_t;

  static int64_t cells(int) noexcept { return 2 * code_limit; }

  Hashed(Cell* cells, int) noexcept : cells_(cells) {}

  void clear(uint32_t) noexcept { std::memset(cells_, 0, sizeof(Cell) * 2 * code_limit); }

  uint32_t find(uint32_t prefix, uint32_t pixel) noexcept {
    key_ = prefix << 8 | pixel;
    free_ = (key_ * 2654435761u) >> (32 - 13);
    while (cells_[free_] != 0) {
      if (cells_[free_] >> 12 == key_) return cells_[free_] & (code_limit - 1);
      free_ = (free_ + 1) & (2 * code_limit - 1);
    }
    return 0;
  }
  void put(uint32_t code) noexcept { cells_[free_] = key_ << 12 | code; }

 private:
  Cell* cells_;
  uint32_t key_ = 0, free_ = 0;
};

struct Picture {
  const uint8_t *index, *before;
  int64_t stride;
  Rectangle area;
  uint8_t transparent;
};

// The codes of a picture; returns where they end.
template <class Strings>
uint8_t* encode(const Picture& picture, int code_size, Strings strings, uint8_t* out) noexcept {
  const uint32_t clear = 1u << code_size;
  const Rectangle area = picture.area;
  Codes codes(out);
  codes.put(clear, code_size + 1);
  strings.clear(code_limit);
  uint32_t next = clear + 2, prefix = 0;
  int bits = code_size + 1;
  const auto row = [&](int64_t y, int64_t from, auto pixel_at) {
    for (int64_t i = y * picture.stride + area.x + from, end = i - from + area.width; i < end;
         ++i) {
      const uint32_t pixel = pixel_at(i);
      const uint32_t known = strings.find(prefix, pixel);
      if (known != 0) {
        prefix = known;
        continue;
      }
      codes.put(prefix, bits);
      prefix = pixel;
      if (next == code_limit) {
        codes.put(clear, bits);
        strings.clear(next);
        next = clear + 2;
        bits = code_size + 1;
        continue;
      }
      // A decoder adds its entry one code later, hence grows at the same `next`.
      bits += next == (1u << bits);
      strings.put(next++);
    }
  };
  const bool any = area.width > 0 && area.height > 0;
  const auto pass = [&](auto pixel_at) {
    prefix = pixel_at(area.y * picture.stride + area.x);
    for (int64_t y = area.y; y < area.y + area.height; ++y) row(y, y == area.y, pixel_at);
  };
  const uint8_t *index = picture.index, *before = picture.before;
  if (any && before == nullptr) pass([=](int64_t i) -> uint32_t { return index[i]; });
  if (any && before != nullptr) {
    const uint8_t same = picture.transparent;
    pass([=](int64_t i) -> uint32_t { return before[i] == index[i] ? same : index[i]; });
  }
  if (any) codes.put(prefix, bits);
  // The last string code may have filled the current code length for the decoder.
  if (any && next == (1u << bits) && next < code_limit) ++bits;
  codes.put(clear + 1, bits);
  return codes.finish();
}

// Sub-blocks of at most 255 bytes, each after its length, then an empty one. The data may lie
// behind `out` in the same memory, if by at least a byte per block.
uint8_t* write_blocks(const uint8_t* data, const uint8_t* end, uint8_t* out) noexcept {
  while (data < end) {
    const int64_t n = end - data < block_bytes ? end - data : block_bytes;
    *out++ = static_cast<uint8_t>(n);
    std::memmove(out, data, static_cast<size_t>(n));
    data += n;
    out += n;
  }
  *out++ = 0;
  return out;
}

// Room for the lengths of the sub-blocks before the codes of so many pixels (1.5 bytes each).
constexpr int64_t gap_bytes(int64_t pixels) noexcept { return 16 + pixels / 128; }

template <class Strings>
uint8_t* encode_with(const Picture& picture, int code_size, uint8_t* out) noexcept {
  using Cell = typename Strings::Cell;
  const auto count = static_cast<size_t>(Strings::cells(code_size));
  const std::unique_ptr<Cell[]> cells(new (std::nothrow) Cell[count]);
  if (cells == nullptr) return nullptr;
  return encode(picture, code_size, Strings(cells.get(), code_size), out);
}

}  // namespace

int64_t lzw_bound(int64_t pixels) noexcept {
  // At most one code of 12 bits per pixel, a clear code per 3000 codes and a length byte per 255.
  return 64 + pixels * 2;
}

int64_t lzw_encode(const uint8_t* index, const uint8_t* before, int64_t stride, Rectangle area,
                   int code_size, uint8_t transparent, uint8_t* out) noexcept {
  const Picture picture{index, before, stride, area, transparent};
  uint8_t* codes = out + gap_bytes(area.width * area.height);
  const uint8_t* end = code_size < 8 ? encode_with<Rows>(picture, code_size, codes)
                                     : encode_with<Hashed>(picture, code_size, codes);
  if (end == nullptr) return 0;
  out[0] = static_cast<uint8_t>(code_size);
  return write_blocks(codes, end, out + 1) - out;
}

}  // namespace nk
