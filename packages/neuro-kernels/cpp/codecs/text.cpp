#include "neuro_kernels/codecs/text.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace nk {
namespace {

enum class Line { event, nothing, outside, bad, full };

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr int64_t kPowers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

// A decimal number times 10^exponent, rounded to a whole one; false if it is none or too large.
bool to_integer(const char* begin, const char* end, int32_t exponent, bool whole,
                int64_t& value) noexcept {
  const char* at = begin;
  const bool negative = at != end && *at == '-';
  if (at != end && (*at == '-' || *at == '+')) ++at;
  // A point alone is no number.
  if (at == end || !(is_digit(*at) || (*at == '.' && at + 1 != end && is_digit(at[1]))))
    return false;
  int64_t number = 0;
  int digits = 0;
  for (; at != end && is_digit(*at) && digits < 18; ++at, ++digits)
    number = 10 * number + *at - '0';
  if (at == end && exponent == 0) {
    value = negative ? -number : number;
    return true;
  }
  // Few digits in all: exact whole arithmetic.
  if (exponent >= 0 && digits <= 12) {
    const char* fraction = at;
    int64_t scaled = number * kPowers[exponent];
    if (fraction != end && *fraction == '.') {
      ++fraction;
      int32_t place = exponent;
      bool rest = false;
      for (; fraction != end && is_digit(*fraction); ++fraction) {
        const int64_t digit = *fraction - '0';
        if (place > 0) {
          scaled += digit * kPowers[--place];
        } else {
          if (place-- == 0) scaled += digit >= 5 && !whole;
          rest |= digit != 0;
        }
      }
      if (whole && rest) return false;
    }
    if (fraction == end) {
      value = negative ? -scaled : scaled;
      return true;
    }
  }
  double parsed = 0;
  const char* const first = *begin == '+' ? begin + 1 : begin;
  const auto result = std::from_chars(first, end, parsed);
  if (result.ec != std::errc{} || result.ptr != end) return false;
  const double scaled = exponent >= 0 ? parsed * static_cast<double>(kPowers[exponent])
                                      : parsed / static_cast<double>(kPowers[-exponent]);
  if (!(std::abs(scaled) < 9.2e18)) return false;
  value = std::llround(scaled);
  return !whole || static_cast<double>(value) == scaled;
}

bool same_word(const char* begin, const char* end, const char* word) noexcept {
  for (; begin != end && *word != '\0'; ++begin, ++word)
    if ((*begin | 0x20) != *word) return false;
  return begin == end && *word == '\0';
}

bool to_polarity(const char* begin, const char* end, int64_t& p) noexcept {
  if (end - begin == 1 && (*begin == '0' || *begin == '1')) {
    p = *begin - '0';
    return true;
  }
  if (same_word(begin, end, "true") || same_word(begin, end, "on")) {
    p = 1;
    return true;
  }
  if (same_word(begin, end, "false") || same_word(begin, end, "off")) {
    p = 0;
    return true;
  }
  int64_t value = 0;
  if (!to_integer(begin, end, 0, true, value) || value < -1 || value > 1) return false;
  p = value > 0;
  return true;
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

struct Cursor {
  MutableColumns to;
  int64_t n = 0;
};

Line decode_line(TextState& s, const char* begin, const char* end, Cursor& out,
                 bool& earlier) noexcept {
  const TextLayout& layout = s.layout;
  while (begin != end && is_blank(*begin)) ++begin;
  while (begin != end && is_blank(end[-1])) --end;
  if (begin == end || *begin == '#' || *begin == '%') return Line::nothing;
  const bool blanks = layout.separator == ' ';
  int64_t t = 0, x = 0, y = 0, p = 0;
  int32_t field = 0;
  for (const char* at = begin; field < layout.fields; ++field) {
    const char* stop = at;
    if (blanks) {
      while (stop != end && !is_blank(*stop)) ++stop;
    } else {
      while (stop != end && *stop != layout.separator) ++stop;
    }
    const char* first = at;
    const char* last = stop;
    if (!blanks) {
      while (first != last && is_blank(*first)) ++first;
      while (first != last && is_blank(last[-1])) --last;
    }
    bool good = true;
    if (field == layout.t) good = to_integer(first, last, layout.time_exponent, false, t);
    if (field == layout.x) good = to_integer(first, last, 0, true, x);
    if (field == layout.y) good = to_integer(first, last, 0, true, y);
    if (field == layout.p) good = to_polarity(first, last, p);
    if (!good) return Line::bad;
    if (stop == end) {
      ++field;
      break;
    }
    at = stop + 1;
    while (blanks && at != end && is_blank(*at)) ++at;
  }
  if (field < layout.fields) return Line::bad;
  if (x < 0 || y < 0 || x >= s.width || y >= s.height) return Line::outside;
  if (out.n >= out.to.capacity) return Line::full;
  earlier = t < s.last_t;
  s.last_t = t;
  out.to.t[out.n] = t;
  out.to.x[out.n] = static_cast<uint16_t>(x);
  out.to.y[out.n] = static_cast<uint16_t>(y);
  out.to.p[out.n] = static_cast<uint8_t>(p);
  ++out.n;
  return Line::event;
}

// Decodes and counts one line of `bytes` bytes, its end included; false when the columns are full.
bool take_line(TextState& s, const char* begin, const char* end, int64_t offset, int64_t bytes,
               Cursor& out) noexcept {
  bool earlier = false;
  const Line line = s.too_long ? Line::bad : decode_line(s, begin, end, out, earlier);
  DecodeCounts& counts = s.counts;
  if (line == Line::full) return false;
  counts.other_words += line == Line::nothing;
  counts.unknown_words += line == Line::bad;
  counts.out_of_range += line == Line::outside;
  counts.time_errors += earlier;
  if (line == Line::bad || line == Line::outside) counts.bytes_skipped += bytes;
  if ((line == Line::bad || line == Line::outside || earlier) && counts.first_problem < 0)
    counts.first_problem = offset;
  s.n_carried = 0;
  s.line_bytes = 0;
  s.too_long = false;
  return true;
}

constexpr uint64_t kOnes = 0x0101010101010101ull;
constexpr int64_t kWindow = 32;  // bytes looked at together: no plain line is longer

// Bit i is set where byte i of the window is no decimal digit.
inline uint32_t not_digits(const char* at) noexcept {
#if defined(__SSE2__)
  uint32_t mask = 0;
  for (int half = 0; half < 2; ++half) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * half));
    // Digits become -128 to -119, everything else is larger.
    const __m128i moved = _mm_add_epi8(text, _mm_set1_epi8(static_cast<char>(0x80 - '0')));
    const __m128i other = _mm_cmpgt_epi8(moved, _mm_set1_epi8(-119));
    mask |= static_cast<uint32_t>(_mm_movemask_epi8(other)) << (16 * half);
  }
  return mask;
#else
  uint32_t mask = 0;
  for (int i = 0; i < kWindow; i += 8) {
    uint64_t x;
    std::memcpy(&x, at + i, sizeof x);
    x ^= 0x30 * kOnes;
    const uint64_t other = ((((x & 0x7F * kOnes) + 0x76 * kOnes) | x) & 0x80 * kOnes) >> 7;
    mask |= static_cast<uint32_t>((other * 0x0102040810204080ull) >> 56) << i;
  }
  return mask;
#endif
}

// The number of 1 to 8 digits; 8 bytes must be readable.
inline uint64_t number_of(const char* at, uint32_t digits) noexcept {
  uint64_t x;
  std::memcpy(&x, at, sizeof x);
  // The first digit lies in the lowest byte; leading zeros are shifted in below it.
  x = (x ^ 0x30 * kOnes) << (64 - 8 * digits);
  x = (x * 10 + (x >> 8)) & 0x00FF00FF00FF00FFull;
  x = (x * 100 + (x >> 16)) & 0x0000FFFF0000FFFFull;
  return (x * 10000 + (x >> 32)) & 0xFFFFFFFFull;
}

// The number of 1 to 16 digits; 16 bytes must be readable.
inline uint64_t long_number_of(const char* at, uint32_t digits) noexcept {
  if (digits <= 8) return number_of(at, digits);
  return number_of(at, digits - 8) * 100000000 + number_of(at + digits - 8, 8);
}

// Decodes lines that are whole, plain and sound: unsigned decimal numbers of at most 16 digits (8
// besides the time), polarity 0 or 1. Returns the bytes consumed; stops at the first line that
// needs more care. All separators of a line are found at once, so that its numbers are read beside
// each other and not one after the other.
// `usual` is the order t, x, y, p, known to the compiler.
template <bool usual>
int64_t plain_lines_in(TextState& s, const char* text, int64_t n, Cursor& out) noexcept {
  constexpr int32_t fields = 4;
  const TextLayout& layout = s.layout;
  // Kept out of memory that the columns might overlap, as far as a compiler can know.
  const char separator = layout.separator;
  const int32_t at_t = usual ? 0 : layout.t, at_x = usual ? 1 : layout.x;
  const int32_t at_y = usual ? 2 : layout.y, at_p = usual ? 3 : layout.p;
  const auto width = static_cast<uint64_t>(s.width), height = static_cast<uint64_t>(s.height);
  int64_t* const to_t = out.to.t;
  uint16_t* const to_x = out.to.x;
  uint16_t* const to_y = out.to.y;
  uint8_t* const to_p = out.to.p;
  const int64_t capacity = out.to.capacity;
  int64_t row = out.n, last_t = s.last_t;
  const char* const safe = text + n - 2 * kWindow;
  const char* at = text;
  while (at <= safe && row < capacity) {
    const uint32_t first = not_digits(at);
    const uint32_t second = first & (first - 1);
    const uint32_t third = second & (second - 1);
    const uint32_t fourth = third & (third - 1);
    if (fourth == 0) break;
    const auto end0 = static_cast<uint32_t>(std::countr_zero(first));
    const auto end1 = static_cast<uint32_t>(std::countr_zero(second));
    const auto end2 = static_cast<uint32_t>(std::countr_zero(third));
    const auto end3 = static_cast<uint32_t>(std::countr_zero(fourth));
    const uint32_t begin[fields] = {0, end0 + 1, end1 + 1, end2 + 1};
    const uint32_t digits[fields] = {end0, end1 - end0 - 1, end2 - end1 - 1, end3 - end2 - 1};
    bool good = at[end0] == separator && at[end1] == separator && at[end2] == separator;
    good &= digits[at_t] - 1 < 16u && digits[at_x] - 1 < 8u && digits[at_y] - 1 < 8u &&
            digits[at_p] - 1 < 8u;
    const bool returns = at[end3] == '\r';
    good &= at[end3 + (returns ? 1 : 0)] == '\n';
    if (!good) break;
    const auto t = static_cast<int64_t>(long_number_of(at + begin[at_t], digits[at_t]));
    const uint64_t x = number_of(at + begin[at_x], digits[at_x]);
    const uint64_t y = number_of(at + begin[at_y], digits[at_y]);
    const uint64_t p = number_of(at + begin[at_p], digits[at_p]);
    if (x >= width || y >= height || p > 1 || t < last_t) break;
    last_t = t;
    to_t[row] = t;
    to_x[row] = static_cast<uint16_t>(x);
    to_y[row] = static_cast<uint16_t>(y);
    to_p[row] = static_cast<uint8_t>(p);
    ++row;
    at += end3 + (returns ? 2 : 1);
  }
  out.n = row;
  s.last_t = last_t;
  return at - text;
}

int64_t plain_lines(TextState& s, const char* text, int64_t n, Cursor& out) noexcept {
  const TextLayout& layout = s.layout;
  if (layout.fields != 4 || layout.time_exponent != 0) return 0;
  const bool usual = layout.t == 0 && layout.x == 1 && layout.y == 2 && layout.p == 3;
  return usual ? plain_lines_in<true>(s, text, n, out) : plain_lines_in<false>(s, text, n, out);
}

}  // namespace

DecodeProgress text_decode(TextState& s, const uint8_t* data, int64_t n,
                           const DecodeOutput& to) noexcept {
  Cursor out{to.events, 0};
  const int64_t start = s.counts.bytes_read;
  const char* const text = reinterpret_cast<const char*>(data);
  int64_t i = 0;
  bool room = true;
  while (i < n) {
    if (s.line_bytes == 0) {
      i += plain_lines(s, text + i, n - i, out);
      if (i == n) break;
    }
    const void* const found = std::memchr(text + i, '\n', static_cast<size_t>(n - i));
    const int64_t end = found == nullptr ? n : static_cast<const char*>(found) - text;
    const int64_t length = end - i;
    const int32_t kept = s.n_carried;
    const int64_t offset = start + i - s.line_bytes;
    const bool fits = !s.too_long && kept + length <= TextState::kLongestLine;
    if (found == nullptr) {
      if (fits) {
        std::memcpy(s.carried + kept, text + i, static_cast<size_t>(length));
        s.n_carried += static_cast<int32_t>(length);
      } else {
        s.too_long = true;
        s.n_carried = 0;
      }
      s.line_bytes += length;
      i = n;
      break;
    }
    const bool was_too_long = s.too_long;
    if (!fits) s.too_long = true;
    const int64_t bytes = s.line_bytes + length + 1;
    if (kept > 0 && fits) {
      std::memcpy(s.carried + kept, text + i, static_cast<size_t>(length));
      room = take_line(s, s.carried, s.carried + kept + length, offset, bytes, out);
    } else {
      room = take_line(s, text + i, text + end, offset, bytes, out);
    }
    if (!room) {
      s.too_long = was_too_long;
      break;
    }
    i = end + 1;
  }
  s.counts.bytes_read += i;
  s.counts.events += out.n;
  return {i, out.n, 0, 0};
}

DecodeProgress text_flush(TextState& s, const DecodeOutput& to) noexcept {
  if (s.line_bytes == 0) return {};
  Cursor out{to.events, 0};
  take_line(s, s.carried, s.carried + s.n_carried, s.counts.bytes_read - s.line_bytes, s.line_bytes,
            out);
  s.counts.events += out.n;
  return {0, out.n, 0, 0};
}

}  // namespace nk
