#include <charconv>
#include <cstring>

#include "neuro_kernels/stream/wire.hpp"

namespace nk {
namespace {

constexpr int64_t kLongestLine = 20 + 5 + 5 + 1 + 4;  // digits of t, x, y, p; commas, newline

int64_t count(const uint8_t* data, int64_t bytes) noexcept {
  int64_t n = bytes > 0;
  for (int64_t i = 0; i + 1 < bytes; ++i) n += data[i] == '\n';
  return n;
}

// A line that never ends is given up as foreign bytes, not held for ever.
constexpr int64_t kHeld = 4096;

int64_t whole(const uint8_t* data, int64_t bytes) noexcept {
  int64_t n = bytes;
  while (n > 0 && data[n - 1] != '\n') --n;
  return bytes - n > kHeld ? bytes : n;
}

// Reads a number and the separator behind it; nullptr where there is something else.
template <class T>
const char* number(const char* from, const char* end, char separator, T& value) noexcept {
  const auto [rest, error] = std::from_chars(from, end, value);
  if (error != std::errc{}) return nullptr;
  if (rest == end) return separator == '\n' ? end : nullptr;
  return *rest == separator ? rest + 1 : nullptr;
}

int64_t decode(const uint8_t* data, int64_t bytes, int64_t, WireState& state,
               const MutableColumns& out, WireCounts& counts) noexcept {
  const char* at = reinterpret_cast<const char*>(data);
  const char* const end = at + bytes;
  int64_t n = 0;
  bool malformed = false;
  while (at < end) {
    const auto* newline =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    const char* const next = newline == nullptr ? end : newline + 1;
    const char* line_end = newline == nullptr ? end : newline;
    if (line_end > at && line_end[-1] == '\r') --line_end;
    int64_t t = 0;
    uint16_t x = 0, y = 0;
    uint8_t p = 0;
    const char* field = number(at, line_end, ',', t);
    if (field != nullptr) field = number(field, line_end, ',', x);
    if (field != nullptr) field = number(field, line_end, ',', y);
    if (field != nullptr) field = number(field, line_end, '\n', p);
    if (field != line_end || p > 1) {
      malformed |= line_end > at;
    } else if (x >= state.width || y >= state.height) {
      ++counts.out_of_range;
    } else {
      out.t[n] = t;
      out.x[n] = x;
      out.y[n] = y;
      out.p[n] = p;
      ++n;
    }
    at = next;
  }
  counts.events += n;
  counts.malformed += malformed;
  return n;
}

int64_t encode(const Columns& events, WireState&, uint8_t* out) noexcept {
  char* at = reinterpret_cast<char*>(out);
  for (int64_t i = 0; i < events.n; ++i) {
    at = std::to_chars(at, at + 20, events.t[i]).ptr;
    *at++ = ',';
    at = std::to_chars(at, at + 5, events.x[i]).ptr;
    *at++ = ',';
    at = std::to_chars(at, at + 5, events.y[i]).ptr;
    *at++ = ',';
    *at++ = events.p[i] != 0 ? '1' : '0';
    *at++ = '\n';
  }
  return at - reinterpret_cast<char*>(out);
}

}  // namespace

const WireFormat wire_text{"text", 1 << 16, 0, kLongestLine, whole, count, decode, encode};

}  // namespace nk
