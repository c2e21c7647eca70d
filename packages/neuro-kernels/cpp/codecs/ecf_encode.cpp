#include <cstring>

#include "neuro_kernels/codecs/ecf.hpp"

namespace nk {
namespace {

template <class Word>
uint8_t* put(uint8_t* out, uint64_t value) noexcept {
  const Word word = static_cast<Word>(value);
  std::memcpy(out, &word, sizeof(Word));
  return out + sizeof(Word);
}

template <class T>
int64_t run_of(const T* values, int64_t i, int64_t n) noexcept {
  int64_t end = i + 1;
  while (end < n && values[end] == values[i]) ++end;
  return end - i;
}

// Events after event i that one mask can say besides it; `mask` gets their bits.
int64_t masked(const uint16_t* x, int64_t i, int64_t n, uint32_t& mask) noexcept {
  int64_t next = i + 1;
  mask = 0;
  for (uint32_t k = 0; k < 5 && next < n; ++k) {
    if (x[next] != x[i] + 1 + k) continue;
    mask |= 1u << (4 - k);
    ++next;
  }
  return next - i;
}

uint8_t* put_times(uint8_t* out, const int64_t* t, int64_t n) noexcept {
  uint64_t now = static_cast<uint64_t>(t[0]);
  out = put<uint64_t>(out, now);
  for (int64_t i = 0; i < n;) {
    const uint64_t then = static_cast<uint64_t>(t[i]);
    uint64_t step = then - now;
    if (step > 14) {
      for (; step > 0; step >>= 4) *out++ = static_cast<uint8_t>(0xF0 | (step & 15));
    }
    now = then;
    const int64_t count = run_of(t, i, n);
    *out++ = static_cast<uint8_t>(step << 4 | static_cast<uint64_t>(count < 15 ? count : 15));
    if (count >= 15) out = put<uint16_t>(out, static_cast<uint64_t>(count));
    i += count;
  }
  return out;
}

uint8_t* put_rows(uint8_t* out, const uint16_t* y, int64_t n) noexcept {
  for (int64_t i = 0; i < n;) {
    const int64_t count = run_of(y, i, n);
    out = put<uint16_t>(out, static_cast<uint64_t>(y[i] << 5 | (count < 31 ? count : 31)));
    if (count >= 31) out = put<uint16_t>(out, static_cast<uint64_t>(count));
    i += count;
  }
  return out;
}

uint8_t* put_masked(uint8_t* out, const Columns& e) noexcept {
  for (int64_t i = 0; i < e.n;) {
    uint32_t mask = 0;
    const int64_t count = masked(e.x, i, e.n, mask);
    out = put<uint16_t>(out, static_cast<uint32_t>(e.x[i]) << 5 | mask);
    i += count;
  }
  for (int64_t i = 0; i < e.n;) {
    const int64_t count = run_of(e.p, i, e.n);
    *out++ = static_cast<uint8_t>((e.p[i] & 1) << 7 | (count < 127 ? count : 127));
    if (count >= 127) out = put<uint16_t>(out, static_cast<uint64_t>(count));
    i += count;
  }
  return out;
}

uint8_t* put_packed_places(uint8_t* out, const Columns& e) noexcept {
  for (int64_t i = 0; i < e.n; i += 4) {
    uint32_t v[4] = {};
    for (int64_t k = 0; k < 4 && i + k < e.n; ++k)
      v[k] = static_cast<uint32_t>(e.x[i + k] & 0x7FF) << 1 | (e.p[i + k] & 1);
    out = put<uint16_t>(out, v[0] << 4 | (v[1] & 15));
    out = put<uint16_t>(out, v[1] >> 4 << 8 | (v[2] & 255));
    out = put<uint16_t>(out, v[2] >> 8 << 12 | v[3]);
  }
  return out;
}

uint8_t* put_packed_all(uint8_t* out, const Columns& e) noexcept {
  for (int64_t i = 0; i < e.n; i += 4) {
    uint32_t v[4] = {};
    for (int64_t k = 0; k < 4 && i + k < e.n; ++k)
      v[k] = static_cast<uint32_t>(e.y[i + k] & 0x7FF) << 12 |
             static_cast<uint32_t>(e.x[i + k] & 0x7FF) << 1 | (e.p[i + k] & 1);
    out = put<uint32_t>(out, v[0] << 8 | (v[1] & 0xFF));
    out = put<uint32_t>(out, v[1] >> 8 << 16 | (v[2] & 0xFFFF));
    out = put<uint32_t>(out, v[2] >> 16 << 24 | v[3]);
  }
  return out;
}

// Bytes of the lists of rows, and of columns and polarities.
void measure(const Columns& e, int64_t& rows, int64_t& places) noexcept {
  rows = places = 0;
  for (int64_t i = 0; i < e.n;) {
    const int64_t count = run_of(e.y, i, e.n);
    rows += count < 31 ? 2 : 4;
    i += count;
  }
  for (int64_t i = 0; i < e.n;) {
    uint32_t mask = 0;
    i += masked(e.x, i, e.n, mask);
    places += 2;
  }
  for (int64_t i = 0; i < e.n;) {
    const int64_t count = run_of(e.p, i, e.n);
    places += count < 127 ? 1 : 3;
    i += count;
  }
}

}  // namespace

int64_t ecf_encode(const Columns& e, uint8_t* out) noexcept {
  int64_t rows = 0, places = 0;
  measure(e, rows, places);
  const int64_t groups = (e.n + 3) / 4, packed_places = 6 * groups, packed_all = 12 * groups;
  const int64_t least = places < packed_places ? places : packed_places;
  const bool all = packed_all <= rows + least, some = !all && packed_places < places;
  uint8_t* to =
      put<uint32_t>(out, static_cast<uint64_t>(e.n) << 2 | (all ? 2 : 0) | (some ? 1 : 0));
  to = put_times(to, e.t, e.n);
  if (all) return put_packed_all(to, e) - out;
  to = put_rows(to, e.y, e.n);
  return (some ? put_packed_places(to, e) : put_masked(to, e)) - out;
}

}  // namespace nk
