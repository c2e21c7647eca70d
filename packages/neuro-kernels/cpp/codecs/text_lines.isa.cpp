#include "neuro_kernels/codecs/text_lines.hpp"

#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace nk::NK_ISA {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101ull;
constexpr int64_t kBlock = 64;     // bytes whose ends of numbers are found together
constexpr int64_t kFirst = 128;    // bytes looked at together, at first
constexpr int64_t kWindow = 4096;  // and as long as all is plain
constexpr int64_t kMostEnds = kWindow + kBlock;
constexpr int64_t kMostLines = kWindow / 8;  // the shortest plain line has eight bytes

struct Marks {
  uint64_t ends = 0;   // no decimal digits
  uint64_t lines = 0;  // line ends among them
  uint64_t odd = 0;    // neither separators nor line ends among them
};

inline Marks marks_of(const char* at, char separator) noexcept {
  Marks found;
#if defined(__AVX512BW__)
  const __m512i text = _mm512_loadu_si512(at);
  const __m512i moved = _mm512_sub_epi8(text, _mm512_set1_epi8('0'));
  found.ends = _mm512_cmpgt_epu8_mask(moved, _mm512_set1_epi8(9));
  found.lines = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('\n'));
  const uint64_t between = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(separator));
#elif defined(__SSE2__)
  uint64_t between = 0;
  for (int part = 0; part < 4; ++part) {
    const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * part));
    // Digits become -128 to -119, everything else is larger.
    const __m128i moved = _mm_add_epi8(text, _mm_set1_epi8(static_cast<char>(0x80 - '0')));
    const __m128i other = _mm_cmpgt_epi8(moved, _mm_set1_epi8(-119));
    const __m128i line = _mm_cmpeq_epi8(text, _mm_set1_epi8('\n'));
    const auto bits = [](__m128i v) {
      return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(v)));
    };
    found.ends |= bits(other) << (16 * part);
    found.lines |= bits(line) << (16 * part);
    between |= bits(_mm_cmpeq_epi8(text, _mm_set1_epi8(separator))) << (16 * part);
  }
#else
  uint64_t between = 0;
  for (int i = 0; i < 64; ++i) {
    const auto c = static_cast<uint8_t>(at[i]);
    found.ends |= uint64_t{c < '0' || c > '9'} << i;
    found.lines |= uint64_t{c == '\n'} << i;
    between |= uint64_t{at[i] == separator} << i;
  }
#endif
  found.odd = found.ends & ~(found.lines | between);
  return found;
}

inline int lowest(uint64_t bits) noexcept {
#if defined(__GNUC__)
  return __builtin_ctzll(bits);
#else
  int at = 0;
  while (((bits >> at) & 1) == 0) ++at;
  return at;
#endif
}

inline int64_t ones_of(uint64_t bits) noexcept {
#if defined(__GNUC__)
  return __builtin_popcountll(bits);
#else
  int64_t n = 0;
  for (; bits != 0; bits &= bits - 1) ++n;
  return n;
#endif
}

struct Found {
  int64_t ends = 0, lines = 0;
  bool odd = false;
};

// Writes where numbers end in the `n` bytes at `text`, a multiple of `kBlock`.
// Eight are written at a time: nearly all blocks have as many steps, which a processor foresees.
Found find_ends(const char* text, int64_t n, char separator, uint16_t* ends) noexcept {
  Found found;
  uint64_t odd = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const Marks marks = marks_of(text + begin, separator);
    uint64_t bits = marks.ends;
    const int64_t here = ones_of(bits);
    found.lines += ones_of(marks.lines);
    odd |= marks.odd;
    uint16_t* to = ends + found.ends;
    for (int64_t done = 0; done < here; done += 8, to += 8) {
      for (int i = 0; i < 8; ++i) {
        // Behind the last bit, anything may be written.
        to[i] = static_cast<uint16_t>(begin + lowest(bits | uint64_t{1} << 63));
        bits &= bits - 1;
      }
    }
    found.ends += here;
  }
  found.odd = odd != 0;
  return found;
}

// A number of up to eight digits, the last one in the highest byte, anything in front of the first:
// as two numbers of four digits, the first in the low half.
inline uint64_t pair_of(uint64_t word, uint64_t digits) noexcept {
  const uint64_t rest = (64 - 8 * digits) & 63;  // without digits the result is not used
  uint64_t v = ((word ^ (0x30 * kOnes)) >> rest) << rest;
  v = (v & 0x00FF00FF00FF00FFull) * 10 + ((v >> 8) & 0x00FF00FF00FF00FFull);
  return (v & 0x0000FFFF0000FFFFull) * 100 + ((v >> 16) & 0x0000FFFF0000FFFFull);
}

inline uint64_t number_of(uint64_t word, uint64_t digits) noexcept {
  const uint64_t pair = pair_of(word, digits);
  return (pair & 0xFFFFFFFFull) * 10000 + (pair >> 32);
}

// The same with up to four digits.
inline uint32_t small_number_of(uint32_t word, uint32_t digits) noexcept {
  const uint32_t rest = (32 - 8 * digits) & 31;
  uint32_t v = ((word ^ 0x30303030u) >> rest) << rest;
  v = (v & 0x00FF00FFu) * 10 + ((v >> 8) & 0x00FF00FFu);
  return (v & 0xFFFFu) * 100 + (v >> 16);
}

template <class T>
inline T load(const char* at) noexcept {
  T word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// What is taken from the text line by line; everything else is done for many lines at once.
struct Window {
  uint16_t ends[kMostEnds];
  uint16_t digits[kMostEnds];  // of each number
  uint64_t t[kMostLines];      // the last eight characters
  uint32_t x[kMostLines], y[kMostLines];
  uint8_t p[kMostLines];
};

// Whether line k is plain and keeps to what is asked for, its numbers apart.
bool plain(const PlainLines& s, const char* text, const Window& w, int64_t k,
           int64_t stride) noexcept {
  const uint16_t* const end = w.ends + k * stride;
  const uint16_t* const digits = w.digits + k * stride;
  for (int i = 0; i < 3; ++i)
    if (text[end[i]] != s.separator) return false;
  if (stride == 4 && text[end[3]] != '\n') return false;
  if (stride == 5 && (text[end[3]] != '\r' || text[end[4]] != '\n' || digits[4] != 0)) return false;
  return digits[s.t] - 1 < 16 && digits[s.x] - 1 < 4 && digits[s.y] - 1 < 4 && digits[s.p] == 1 &&
         digits[s.t] != 0 && digits[s.x] != 0 && digits[s.y] != 0;
}

// Decodes the first `lines` lines of a window, of which `regular` says that there are no more line
// ends and, with four ends in a line, only separators besides; returns how many are good.
template <int64_t stride>
int64_t decode_lines(PlainLines& s, const char* text, Window& w, int64_t lines, bool regular,
                     const MutableColumns& to) noexcept {
  const auto width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  const int32_t at_t = s.t, at_x = s.x, at_y = s.y, at_p = s.p;
  w.digits[0] = w.ends[0];
  for (int64_t i = 1; i < lines * stride; ++i)
    w.digits[i] = static_cast<uint16_t>(w.ends[i] - w.ends[i - 1] - 1);
  uint32_t bad = regular ? 0 : 1;
  for (int64_t k = 0; k < lines; ++k) {
    const uint16_t* const end = w.ends + k * stride;
    w.t[k] = load<uint64_t>(text + end[at_t] - 8);
    w.x[k] = load<uint32_t>(text + end[at_x] - 4);
    w.y[k] = load<uint32_t>(text + end[at_y] - 4);
    w.p[k] = static_cast<uint8_t>(text[end[at_p] - 1] - '0');
    bad |= static_cast<uint32_t>(text[end[stride - 1]] ^ '\n');
    if (stride == 5) {
      bad |= static_cast<uint32_t>(text[end[3]] ^ '\r') | w.digits[5 * k + 4];
      for (int i = 0; i < 3; ++i) bad |= static_cast<uint32_t>(text[end[i]] ^ s.separator);
    }
  }
  int64_t* __restrict t = to.t;
  uint16_t* __restrict x = to.x;
  uint16_t* __restrict y = to.y;
  uint8_t* __restrict p = to.p;
  uint64_t strange = 0, longest = 0;
  for (int64_t k = 0; k < lines; ++k) {
    uint64_t digits;  // of the first four fields, 16 bits each
    std::memcpy(&digits, w.digits + k * stride, sizeof digits);
    const uint64_t n = (digits >> (16 * at_t)) & 0xFFFF;
    const uint64_t n_x = (digits >> (16 * at_x)) & 0xFFFF;
    const uint64_t n_y = (digits >> (16 * at_y)) & 0xFFFF;
    const uint64_t n_p = (digits >> (16 * at_p)) & 0xFFFF;
    // Bits above the lowest say that there are no digits or too many.
    strange |= (n - 1) & ~uint64_t{15};
    strange |= ((n_x - 1) | (n_y - 1)) & ~uint64_t{3};
    strange |= n_p - 1;
    const uint64_t low = n < 8 ? n : 8;
    longest |= n - 1;
    t[k] = static_cast<int64_t>(number_of(w.t[k], low));
    const uint32_t column = small_number_of(w.x[k], static_cast<uint32_t>(n_x & 7));
    const uint32_t row = small_number_of(w.y[k], static_cast<uint32_t>(n_y & 7));
    x[k] = static_cast<uint16_t>(column);
    y[k] = static_cast<uint16_t>(row);
    bad |= static_cast<uint32_t>(column >= width) | static_cast<uint32_t>(row >= height);
  }
  bad |= strange != 0 ? 1u : 0u;
  if ((longest & 8) != 0) {
    for (int64_t k = 0; k < lines; ++k) {
      const uint64_t n = w.digits[k * stride + at_t];
      if (n <= 8 || n > 16) continue;
      const uint64_t high = load<uint64_t>(text + w.ends[k * stride + at_t] - 16);
      t[k] += static_cast<int64_t>(number_of(high, n - 8) * 100000000);
    }
  }
  for (int64_t k = 0; k < lines; ++k) {
    p[k] = w.p[k];
    bad |= w.p[k] & 0xFEu;
  }
  bad |= t[0] < s.last_t ? 1u : 0u;
  for (int64_t k = 1; k < lines; ++k) bad |= t[k] < t[k - 1] ? 1u : 0u;
  int64_t good = lines;
  if (bad != 0) {
    int64_t last = s.last_t;
    for (good = 0; good < lines; ++good) {
      if (!plain(s, text, w, good, stride)) break;
      if (x[good] >= width || y[good] >= height || p[good] > 1 || t[good] < last) break;
      last = t[good];
    }
  }
  if (good > 0) s.last_t = t[good - 1];
  return good;
}

PlainProgress decode(PlainLines& s, const char* text, int64_t n,
                     const MutableColumns& to) noexcept {
  PlainProgress done;
  Window w;
  for (int64_t most = kFirst; done.events < to.capacity; most = kWindow) {
    const int64_t left = n - done.bytes;
    const int64_t bytes = (left < most ? left : most) / kBlock * kBlock;
    const char* const at = text + done.bytes;
    const Found found = find_ends(at, bytes, s.separator, w.ends);
    if (found.ends < 5) break;
    const int64_t stride = at[w.ends[3]] == '\r' ? 5 : 4;
    const int64_t whole = found.ends / stride;
    const int64_t room = to.capacity - done.events;
    const int64_t most_lines = room < kMostLines ? room : kMostLines;
    const int64_t lines = whole < most_lines ? whole : most_lines;
    const MutableColumns rest{to.t + done.events, to.x + done.events, to.y + done.events,
                              to.p + done.events, room};
    const bool regular = found.lines == whole && (stride == 5 || !found.odd);
    const int64_t good = stride == 4 ? decode_lines<4>(s, at, w, lines, regular, rest)
                                     : decode_lines<5>(s, at, w, lines, regular, rest);
    if (good > 0) done.bytes += w.ends[good * stride - 1] + 1;
    done.events += good;
    if (good < lines) break;
  }
  return done;
}

}  // namespace

const TextKernels text_kernels{decode};

}  // namespace nk::NK_ISA
