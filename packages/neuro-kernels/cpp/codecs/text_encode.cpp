#include <charconv>
#include <cstring>

#include "neuro_kernels/codecs/text.hpp"

namespace nk {
namespace {

constexpr int64_t kLongest = 20 + 8 + 8 + 8 + 8;  // bytes that a line may touch
constexpr int64_t kLow = TextEncodeState::kLowTimes;
// Texts of up to 7 characters are stored as one word, their length in its last byte.
constexpr int kLengthShift = 56;

// The word of a number and what follows it; the number must have at most 7 - `n_after` digits.
uint64_t word_of(int64_t number, const char* after, int64_t n_after) noexcept {
  char text[8] = {};
  char* const end = std::to_chars(text, text + 7, number).ptr;
  std::memcpy(end, after, static_cast<size_t>(n_after));
  text[7] = static_cast<char>(end - text + n_after);
  uint64_t word;
  std::memcpy(&word, text, 8);
  return word;
}

// What begins all times of [base, base + kLow): the digits in front of their last four.
struct Prefix {
  int64_t base = 0;
  char text[16] = {};
  int64_t length = 0;

  // Whether the times around `t` have one; small, negative and the largest times have none.
  bool begin_at(int64_t t) noexcept {
    if (t < kLow || t > INT64_MAX - kLow) return false;
    base = t - t % kLow;
    length = std::to_chars(text, text + 15, t / kLow).ptr - text;
    return true;
  }
};

// Lines of time, x, y and polarity from event `i` on, as many as lie inside the sensor and have
// room; returns their number. Stops at times below 10000, which have no prefix.
//
// A line is four or five stores of a word each, whose lengths stand in tables: nothing depends on
// the numbers but where the next word goes.
template <bool long_prefix>
int64_t put_lines(const TextEncodeState& s, const Columns& e, int64_t i, Prefix& prefix,
                  char* const text, int64_t capacity, int64_t& bytes) noexcept {
  const int64_t* __restrict t = e.t + i;
  const uint16_t* __restrict x = e.x + i;
  const uint16_t* __restrict y = e.y + i;
  const uint8_t* __restrict p = e.p + i;
  const uint64_t* const low = s.low.data();
  const uint64_t* const columns = s.columns.data();
  const uint64_t* const rows = s.rows.data();
  const auto width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  const int64_t left = e.n - i, room = (capacity - bytes) / kLongest;
  const int64_t n = left < room ? left : room;
  const auto base = static_cast<uint64_t>(prefix.base);
  const int64_t length = prefix.length;
  char* at = text + bytes;
  int64_t k = 0;
  for (; k < n; ++k) {
    const uint64_t since = static_cast<uint64_t>(t[k]) - base;
    if ((since >= uint64_t{kLow}) | (x[k] >= width) | (y[k] >= height)) break;
    const uint64_t column = columns[x[k]];
    const uint64_t row = rows[2 * y[k] + (p[k] != 0)];
    std::memcpy(at, prefix.text, long_prefix ? 16 : 8);
    at += length;
    std::memcpy(at, &low[since], 8);
    at += 5;
    std::memcpy(at, &column, 8);
    at += column >> kLengthShift;
    std::memcpy(at, &row, 8);
    at += row >> kLengthShift;
  }
  bytes = at - text;
  return k;
}

// One line of any layout.
char* put_line(const TextEncodeState& s, const int32_t* place, const Columns& e, int64_t i,
               char* at) noexcept {
  for (int32_t field = 0; field < 4; ++field) {
    switch (place[field]) {
      case 0: at = std::to_chars(at, at + 20, e.t[i]).ptr; break;
      case 1: at = std::to_chars(at, at + 5, e.x[i]).ptr; break;
      case 2: at = std::to_chars(at, at + 5, e.y[i]).ptr; break;
      default: *at++ = e.p[i] != 0 ? '1' : '0';
    }
    *at++ = field == 3 ? '\n' : s.layout.separator;
  }
  return at;
}

}  // namespace

TextEncodeState::TextEncodeState(int32_t width, int32_t height, const TextLayout& layout)
    : layout(layout), width(width), height(height) {
  usual = layout.t == 0 && layout.x == 1 && layout.y == 2 && layout.p == 3 && height <= 10000;
  if (!usual) return;
  low.resize(kLow);
  columns.resize(static_cast<size_t>(width));
  rows.resize(2 * static_cast<size_t>(height));
  const char separator = layout.separator;
  for (int64_t i = 0; i < kLow; ++i) {
    const char text[8] = {static_cast<char>('0' + i / 1000), static_cast<char>('0' + i / 100 % 10),
                          static_cast<char>('0' + i / 10 % 10), static_cast<char>('0' + i % 10),
                          separator};
    std::memcpy(&low[static_cast<size_t>(i)], text, 8);
  }
  for (int64_t i = 0; i < width; ++i) columns[static_cast<size_t>(i)] = word_of(i, &separator, 1);
  for (int64_t i = 0; i < 2 * int64_t{height}; ++i) {
    const char end[3] = {separator, i % 2 != 0 ? '1' : '0', '\n'};
    rows[static_cast<size_t>(i)] = word_of(i / 2, end, 3);
  }
}

EncodeProgress text_encode(const TextEncodeState& s, const Columns& events, uint8_t* out,
                           int64_t capacity) noexcept {
  char* const text = reinterpret_cast<char*>(out);
  int32_t place[4];  // which column each field shows
  place[s.layout.t] = 0, place[s.layout.x] = 1, place[s.layout.y] = 2, place[s.layout.p] = 3;
  Prefix prefix;
  int64_t bytes = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    if (s.usual && prefix.begin_at(events.t[i])) {
      const auto put = prefix.length > 8 ? put_lines<true> : put_lines<false>;
      i += put(s, events, i, prefix, text, capacity, bytes);
      if (i == events.n) break;
    }
    if (events.x[i] >= s.width) return {i, bytes, EncodeError::x_range};
    if (events.y[i] >= s.height) return {i, bytes, EncodeError::y_range};
    if (capacity - bytes < kLongest) return {i, bytes, EncodeError::none};
    bytes = put_line(s, place, events, i, text + bytes) - text;
  }
  return {events.n, bytes, EncodeError::none};
}

}  // namespace nk
