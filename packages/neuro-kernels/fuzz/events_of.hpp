// Events out of the bytes of a fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "neuro_kernels/core/columns.hpp"

namespace nk::fuzz {

// Hands out the bytes as small numbers; 0 when there are no more.
class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  template <class T>
  T take() {
    T value{};
    const size_t n = sizeof(T) < size_ ? sizeof(T) : size_;
    std::memcpy(&value, data_, n);
    data_ += n;
    size_ -= n;
    return value;
  }

  size_t left() const { return size_; }

 private:
  const uint8_t* data_;
  size_t size_;
};

// Columns in memory of exactly their length, so that a sanitizer sees every step past an end.
struct Events {
  std::vector<int64_t> t;
  std::vector<uint16_t> x, y;
  std::vector<uint8_t> p;

  // Coordinates are mostly inside a small frame; steps in time are mostly short, some go back.
  explicit Events(Bytes& bytes) {
    int64_t time = bytes.take<int32_t>();
    while (bytes.left() > 0) {
      const auto step = bytes.take<int8_t>();
      time += step == -128 ? bytes.take<int32_t>() : step;
      const auto place = bytes.take<uint8_t>();
      const bool wide = place == 0xFF;
      t.push_back(time);
      x.push_back(wide ? bytes.take<uint16_t>() : place & 15);
      y.push_back(wide ? bytes.take<uint16_t>() : place >> 4);
      p.push_back(step & 1);
    }
  }

  Columns columns() const {
    return {t.data(), x.data(), y.data(), p.data(), static_cast<int64_t>(t.size())};
  }
};

// Ends the run where a property does not hold.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace nk::fuzz
