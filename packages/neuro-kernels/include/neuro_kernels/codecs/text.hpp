// Events as text: one line per event, four fields in any order, any separator.
//
// Numbers are decimal, with or without fraction and exponent; x and y must be whole. Polarity is 1,
// +1, true or on; 0, -1, false or off. Blank lines and lines that begin with '#' or '%' are
// skipped.
#pragma once

#include <vector>

#include "neuro_kernels/codecs/decode.hpp"
#include "neuro_kernels/codecs/encode.hpp"

namespace nk {

struct TextLayout {
  int32_t t = 0, x = 1, y = 2, p = 3;  // which field of a line is which
  int32_t fields = 4;                  // at least; further ones are not looked at
  char separator = ',';                // ' ' stands for any run of blanks and tabs
  int32_t time_exponent = 0;           // a time of 1 is 10^time_exponent us: s 6, ms 3, us 0, ns -3
};

struct TextState {
  static constexpr int32_t kLongestLine = 512;  // longer ones are skipped

  TextLayout layout;
  int32_t width = 65536, height = 65536;
  int64_t last_t = INT64_MIN;
  bool too_long = false;  // inside a line whose beginning was thrown away
  int32_t n_carried = 0;
  int64_t line_bytes = 0;  // of the unfinished line, thrown away ones included
  char carried[kLongestLine] = {};
  DecodeCounts counts;
};

// The shortest line has four digits, three separators and an end.
inline int64_t text_bound(const TextState& s, int64_t n) noexcept {
  return (n + s.n_carried) / 8 + 1;
}

DecodeProgress text_decode(TextState&, const uint8_t* data, int64_t n,
                           const DecodeOutput& out) noexcept;

// Decodes a last line that has no line end.
DecodeProgress text_flush(TextState&, const DecodeOutput& out) noexcept;

struct TextEncodeState {
  static constexpr int32_t kLowTimes = 10000;  // times that differ in their last four digits alone

  // `fields` and `time_exponent` of the layout are not used: four fields, times in us.
  TextEncodeState(int32_t width, int32_t height, const TextLayout& layout);

  TextLayout layout;
  int32_t width, height;
  bool usual;  // t, x, y, p: most of a line stands ready
  // Numbers with what follows them, one word each: the last digits of times, x, and 2 y + p.
  std::vector<uint64_t> low, columns, rows;
};

EncodeProgress text_encode(const TextEncodeState&, const Columns& events, uint8_t* out,
                           int64_t capacity) noexcept;

}  // namespace nk
