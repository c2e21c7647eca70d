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

// Columns in the level-1 cache, which are filled at any row and written in whole lines. Row 0 is a
// row of the output where a line of each of its columns begins.
class Stage {
 public:
  static constexpr int64_t kLine = 64;    // rows that fill whole lines of each column
  static constexpr int64_t kRoom = 1024;  // rows
  static constexpr int64_t kBeyond = 64;  // rows behind them that may be written as well

  // Whether rows from `n` on can go around the caches.
  static bool fits(const MutableColumns& to, int64_t n) noexcept {
    const int64_t row = first_row(to, n);
    return to.capacity - n > kStreamed && (address(to.t + n) - 8 * row) % kLine == 0 &&
           (address(to.x + n) - 2 * row) % kLine == 0 && (address(to.y + n) - 2 * row) % kLine == 0;
  }

  Stage(const MutableColumns& to, int64_t n) noexcept
      : first_(first_row(to, n)),
        n_(first_),
        to_t_(to.t + n - first_),
        to_x_(to.x + n - first_),
        to_y_(to.y + n - first_),
        to_p_(to.p + n - first_) {}

  int64_t* t() noexcept { return t_ + n_; }
  uint16_t* x() noexcept { return x_ + n_; }
  uint16_t* y() noexcept { return y_ + n_; }
  uint8_t* p() noexcept { return p_ + n_; }
  int64_t room() const noexcept { return kRoom - n_; }
  void took(int64_t n) noexcept { n_ += n; }

  // Makes room for at least `kRoom - kLine` rows.
  void spill() noexcept {
    const int64_t whole = n_ & -kLine;
    if (whole == 0) return;
    int64_t from = 0;
    if (first_ > 0) {
      copy(first_, kLine);
      first_ = 0;
      from = kLine;
    }
    stream(to_t_, t_, from, whole);
    stream(to_x_, x_, from, whole);
    stream(to_y_, y_, from, whole);
    stream(to_p_, p_, from, whole);
    std::memcpy(t_, t_ + whole, sizeof(*t_) * kLine);
    std::memcpy(x_, x_ + whole, sizeof(*x_) * kLine);
    std::memcpy(y_, y_ + whole, sizeof(*y_) * kLine);
    std::memcpy(p_, p_ + whole, sizeof(*p_) * kLine);
    to_t_ += whole;
    to_x_ += whole;
    to_y_ += whole;
    to_p_ += whole;
    n_ -= whole;
  }

  // Writes all that is left; nothing may be put in afterwards.
  void finish() noexcept {
    spill();
    copy(first_, n_);
    _mm_sfence();
  }

 private:
  template <class T>
  static int64_t address(const T* pointer) noexcept {
    return static_cast<int64_t>(reinterpret_cast<uintptr_t>(pointer));
  }
  static int64_t first_row(const MutableColumns& to, int64_t n) noexcept {
    return address(to.p + n) % kLine;
  }
  template <class T>
  static void stream(T* to, const T* from, int64_t begin, int64_t end) noexcept {
    constexpr int64_t step = kLine / static_cast<int64_t>(sizeof(T));
    for (int64_t i = begin; i < end; i += step)
      _mm512_stream_si512(reinterpret_cast<__m512i*>(to + i), _mm512_load_si512(from + i));
  }
  void copy(int64_t begin, int64_t end) const noexcept {
    if (begin >= end) return;
    const auto n = static_cast<size_t>(end - begin);
    std::memcpy(to_t_ + begin, t_ + begin, n * sizeof(*t_));
    std::memcpy(to_x_ + begin, x_ + begin, n * sizeof(*x_));
    std::memcpy(to_y_ + begin, y_ + begin, n * sizeof(*y_));
    std::memcpy(to_p_ + begin, p_ + begin, n * sizeof(*p_));
  }

  alignas(kLine) int64_t t_[kRoom + kBeyond];
  alignas(kLine) uint16_t x_[kRoom + kBeyond];
  alignas(kLine) uint16_t y_[kRoom + kBeyond];
  alignas(kLine) uint8_t p_[kRoom + kBeyond];
  int64_t first_, n_;  // rows that hold events
  int64_t* to_t_;
  uint16_t* to_x_;
  uint16_t* to_y_;
  uint8_t* to_p_;
};

// 16-bit lanes of 64 words of 32 bits: bits [shift, shift + 16) of each, of which `mask` are kept.
struct Lanes {
  __m512i low, high;
};
inline Lanes narrow(const __m512i* words, int shift, int mask) noexcept {
  alignas(64) static constexpr uint16_t even[32] = {0,  2,  4,  6,  8,  10, 12, 14, 16, 18, 20,
                                                    22, 24, 26, 28, 30, 32, 34, 36, 38, 40, 42,
                                                    44, 46, 48, 50, 52, 54, 56, 58, 60, 62};
  const __m512i lanes = _mm512_load_si512(even), kept = _mm512_set1_epi16(static_cast<short>(mask));
  const auto join = [&](__m512i a, __m512i b) {
    return _mm512_and_si512(
        _mm512_permutex2var_epi16(_mm512_srli_epi32(a, shift), lanes, _mm512_srli_epi32(b, shift)),
        kept);
  };
  return {join(words[0], words[1]), join(words[2], words[3])};
}

// Lanes that are at least `limit`, which may be 65536.
inline uint64_t reach(const Lanes& v, uint32_t limit) noexcept {
  if (limit > 0xFFFF) return 0;
  const __m512i at = _mm512_set1_epi16(static_cast<short>(limit));
  return _mm512_cmpge_epu16_mask(v.low, at) |
         static_cast<uint64_t>(_mm512_cmpge_epu16_mask(v.high, at)) << 32;
}

inline uint64_t join_masks(uint32_t a, uint32_t b, uint32_t c, uint32_t d) noexcept {
  return a | b << 16 | static_cast<uint64_t>(c | d << 16) << 32;
}

#endif

}  // namespace
}  // namespace nk
