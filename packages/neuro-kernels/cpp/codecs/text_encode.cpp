#include <charconv>
#include <cstring>

#include "neuro_kernels/codecs/text.hpp"

namespace nk {
namespace {

// The digits of every coordinate, with their number in the last byte.
struct Digits {
  char text[8];
};

struct DigitTable {
  Digits of[65536];

  DigitTable() noexcept {
    for (int32_t i = 0; i < 65536; ++i) {
      char* const text = of[i].text;
      std::memset(text, 0, 8);
      text[7] = static_cast<char>(std::to_chars(text, text + 5, i).ptr - text);
    }
  }
};

const DigitTable& digit_table() noexcept {
  static const DigitTable* const table = new DigitTable;
  return *table;
}

constexpr int64_t kLongest = 20 + 8 + 8 + 1 + 4;  // bytes that a line may write

// Lines of time, x, y and polarity from event `i` on, as many as lie inside the sensor and have
// room; returns their number.
int64_t put_lines(const TextEncodeState& s, const Columns& e, int64_t i, char* const text,
                  int64_t capacity, int64_t& bytes) noexcept {
  const int64_t* __restrict t = e.t + i;
  const uint16_t* __restrict x = e.x + i;
  const uint16_t* __restrict y = e.y + i;
  const uint8_t* __restrict p = e.p + i;
  const Digits* const digits = digit_table().of;
  const auto width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  const char separator = s.layout.separator;
  const int64_t left = e.n - i, room = (capacity - bytes) / kLongest;
  const int64_t n = left < room ? left : room;
  char spelled[24] = {};  // the time that events share, and the separator
  int64_t spelled_bytes = 0, spelled_t = 0;
  char* at = text + bytes;
  int64_t k = 0;
  for (; k < n && x[k] < width && y[k] < height; ++k) {
    if (spelled_bytes == 0 || t[k] != spelled_t) {
      spelled_t = t[k];
      char* const end = std::to_chars(spelled, spelled + 20, spelled_t).ptr;
      *end = separator;
      spelled_bytes = end + 1 - spelled;
    }
    std::memcpy(at, spelled, 16);
    if (spelled_bytes > 16) std::memcpy(at + 16, spelled + 16, 8);
    at += spelled_bytes;
    const auto put = [&](const char* number) {
      std::memcpy(at, number, 8);
      at[static_cast<uint8_t>(number[7])] = separator;
      at += number[7] + 1;
    };
    put(digits[x[k]].text);
    put(digits[y[k]].text);
    const char last[2] = {p[k] != 0 ? '1' : '0', '\n'};
    std::memcpy(at, last, 2);
    at += 2;
  }
  bytes = at - text;
  return k;
}

}  // namespace

EncodeProgress text_encode(TextEncodeState& s, const Columns& events, uint8_t* out,
                           int64_t capacity) noexcept {
  const DigitTable& digits = digit_table();
  char* const text = reinterpret_cast<char*>(out);
  // Many events share their time: it is spelled once.
  char spelled[24] = {};
  int64_t spelled_bytes = 0, spelled_t = 0;
  int32_t place[4];  // which column each field shows
  place[s.layout.t] = 0, place[s.layout.x] = 1, place[s.layout.y] = 2, place[s.layout.p] = 3;
  const char separator = s.layout.separator;
  const bool usual = place[0] == 0 && place[1] == 1 && place[2] == 2;
  int64_t bytes = 0;
  for (int64_t i = 0; i < events.n; ++i) {
    if (usual) {
      i += put_lines(s, events, i, text, capacity, bytes);
      if (i == events.n) break;
    }
    if (events.x[i] >= s.width) return {i, bytes, EncodeError::x_range};
    if (events.y[i] >= s.height) return {i, bytes, EncodeError::y_range};
    if (capacity - bytes < kLongest) return {i, bytes, EncodeError::none};
    const int64_t t = events.t[i];
    if (spelled_bytes == 0 || t != spelled_t) {
      spelled_bytes = std::to_chars(spelled, spelled + 20, t).ptr - spelled;
      spelled_t = t;
    }
    char* at = text + bytes;
    for (int32_t field = 0; field < 4; ++field) {
      switch (place[field]) {
        case 0:
          std::memcpy(at, spelled, 20);
          at += spelled_bytes;
          break;
        case 3: *at++ = events.p[i] != 0 ? '1' : '0'; break;
        default: {
          const Digits& number = digits.of[place[field] == 1 ? events.x[i] : events.y[i]];
          std::memcpy(at, number.text, 8);
          at += number.text[7];
        }
      }
      *at++ = field == 3 ? '\n' : separator;
    }
    bytes = at - text;
  }
  return {events.n, bytes, EncodeError::none};
}

}  // namespace nk
