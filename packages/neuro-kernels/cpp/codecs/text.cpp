#include "neuro_kernels/codecs/text.hpp"

#include <charconv>
#include <cmath>
#include <cstring>

#include "neuro_kernels/codecs/text_lines.hpp"

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

constexpr int32_t kLongestPause = 63;

// Decodes lines of plain numbers; returns the bytes consumed.
int64_t plain_lines(TextState& s, const char* text, int64_t n, Cursor& out) noexcept {
  const TextLayout& layout = s.layout;
  if (layout.fields != 4 || layout.time_exponent != 0) return 0;
  PlainLines lines{layout.t,         layout.x, layout.y, layout.p,
                   layout.separator, s.width,  s.height, s.last_t};
  const MutableColumns rest{out.to.t + out.n, out.to.x + out.n, out.to.y + out.n, out.to.p + out.n,
                            out.to.capacity - out.n};
  const PlainProgress done = text_kernels().decode(lines, text, n, rest);
  s.last_t = lines.last_t;
  out.n += done.events;
  return done.bytes;
}

}  // namespace

DecodeProgress text_decode(TextState& s, const uint8_t* data, int64_t n,
                           const DecodeOutput& to) noexcept {
  Cursor out{to.events, 0};
  const int64_t start = s.counts.bytes_read;
  const char* const text = reinterpret_cast<const char*>(data);
  int64_t i = 0;
  bool room = true;
  int32_t pause = 0, careful = 0;  // lines to decode one by one before plain ones are looked for
  while (i < n) {
    if (s.line_bytes == 0 && i >= PlainLines::kBefore && careful-- == 0) {
      const int64_t taken = plain_lines(s, text + i, n - i, out);
      i += taken;
      // Text that is never plain is not looked at twice.
      pause = taken > 0 ? 0 : pause < kLongestPause ? 2 * pause + 1 : pause;
      careful = pause;
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
