#include <cstring>

#include "neuro_kernels/codecs/ecf.hpp"

namespace nk {
namespace {

// Reads on while there are bytes; after that, `ended` is set and zeros are given.
struct Input {
  const uint8_t* at;
  const uint8_t* end;
  bool ended = false;

  template <class Word>
  Word take() noexcept {
    Word word = 0;
    if (end - at < static_cast<int64_t>(sizeof(Word))) {
      ended = true;
      at = end;
      return word;
    }
    std::memcpy(&word, at, sizeof(Word));
    at += sizeof(Word);
    return word;
  }
};

template <class T>
void fill(T* to, int64_t n, T value) noexcept {
  for (int64_t i = 0; i < n; ++i) to[i] = value;
}

int64_t least(int64_t a, int64_t b) noexcept { return a < b ? a : b; }

// Each returns how many events have a value.

int64_t times(Input& in, int64_t n, int64_t* t) noexcept {
  uint64_t now = in.take<uint64_t>();
  int64_t done = 0, empty = 0;
  while (done < n) {
    uint32_t head = in.take<uint8_t>();
    uint64_t far = 0;
    for (int shift = 0; head >> 4 == 15; shift += 4) {
      if (in.ended || shift == 64) return done;
      far |= static_cast<uint64_t>(head & 15) << shift;
      head = in.take<uint8_t>();
    }
    int64_t count = head & 15;
    if (count == 15) count = in.take<uint16_t>();
    if (in.ended) return done;
    now += far + (head >> 4);
    // A run may be empty, but a chunk of nothing else is damaged.
    empty = count == 0 ? empty + 1 : 0;
    if (empty > kEcfMost) return done;
    count = least(count, n - done);
    fill(t + done, count, static_cast<int64_t>(now));
    done += count;
  }
  return done;
}

int64_t rows(Input& in, int64_t n, uint16_t* y) noexcept {
  int64_t done = 0;
  while (done < n) {
    const uint32_t word = in.take<uint16_t>();
    int64_t count = word & 31;
    if (count == 31) count = in.take<uint16_t>();
    if (in.ended) return done;
    count = least(count, n - done);
    fill(y + done, count, static_cast<uint16_t>(word >> 5));
    done += count;
  }
  return done;
}

int64_t columns(Input& in, int64_t n, uint16_t* x) noexcept {
  int64_t done = 0;
  while (done < n) {
    const uint32_t word = in.take<uint16_t>();
    if (in.ended) return done;
    const uint32_t first = word >> 5;
    x[done++] = static_cast<uint16_t>(first);
    for (uint32_t k = 0; k < 5 && done < n; ++k)
      if ((word >> (4 - k) & 1) != 0) x[done++] = static_cast<uint16_t>(first + 1 + k);
  }
  return done;
}

int64_t polarities(Input& in, int64_t n, uint8_t* p) noexcept {
  int64_t done = 0;
  while (done < n) {
    const uint32_t head = in.take<uint8_t>();
    int64_t count = head & 127;
    if (count == 127) count = in.take<uint16_t>();
    if (in.ended) return done;
    count = least(count, n - done);
    fill(p + done, count, static_cast<uint8_t>(head >> 7));
    done += count;
  }
  return done;
}

int64_t packed_places(Input& in, int64_t n, uint16_t* x, uint8_t* p) noexcept {
  for (int64_t i = 0; i < n; i += 4) {
    const uint32_t a = in.take<uint16_t>(), b = in.take<uint16_t>(), c = in.take<uint16_t>();
    if (in.ended) return i;
    const uint32_t four[] = {a >> 4, (a & 15) | b >> 8 << 4, (b & 255) | c >> 12 << 8, c & 4095};
    for (int64_t k = 0; k < 4 && i + k < n; ++k) {
      x[i + k] = static_cast<uint16_t>(four[k] >> 1);
      p[i + k] = static_cast<uint8_t>(four[k] & 1);
    }
  }
  return n;
}

int64_t packed_all(Input& in, int64_t n, const MutableColumns& to) noexcept {
  for (int64_t i = 0; i < n; i += 4) {
    const uint32_t a = in.take<uint32_t>(), b = in.take<uint32_t>(), c = in.take<uint32_t>();
    if (in.ended) return i;
    const uint32_t four[] = {a >> 8, (a & 0xFF) | b >> 16 << 8, (b & 0xFFFF) | c >> 24 << 16,
                             c & 0xFFFFFF};
    for (int64_t k = 0; k < 4 && i + k < n; ++k) {
      to.y[i + k] = static_cast<uint16_t>(four[k] >> 12 & 0x7FF);
      to.x[i + k] = static_cast<uint16_t>(four[k] >> 1 & 0x7FF);
      to.p[i + k] = static_cast<uint8_t>(four[k] & 1);
    }
  }
  return n;
}

}  // namespace

int64_t ecf_count(const uint8_t* data, int64_t n) noexcept {
  if (n < kEcfHeader) return -1;
  uint32_t head;
  std::memcpy(&head, data, 4);
  const int64_t count = head >> 2;
  return count <= kEcfMost ? count : -1;
}

int64_t ecf_decode(const uint8_t* data, int64_t n, const MutableColumns& to) noexcept {
  const int64_t said = ecf_count(data, n);
  if (said <= 0 || said > to.capacity) return 0;
  const uint32_t ways = data[0] & 3;
  Input in{data + 4, data + n};
  const int64_t timed = times(in, said, to.t);
  // What follows is found only behind a whole list.
  if (timed < said) return 0;
  if ((ways & 2) != 0) return packed_all(in, said, to);
  if (rows(in, said, to.y) < said) return 0;
  if ((ways & 1) != 0) return packed_places(in, said, to.x, to.p);
  if (columns(in, said, to.x) < said) return 0;
  return polarities(in, said, to.p);
}

}  // namespace nk
