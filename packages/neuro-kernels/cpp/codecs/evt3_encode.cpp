#include <algorithm>
#include <bit>
#include <cstring>

#include "neuro_kernels/codecs/event_runs.hpp"
#include "neuro_kernels/codecs/evt3.hpp"
#include "neuro_kernels/codecs/time_high.hpp"

namespace nk {
namespace {

constexpr int64_t kHighRange = 1 << 12;
constexpr int32_t kGroup = 32;  // columns of one 12-12-8 group

struct Words {
  uint8_t* out;
  int64_t capacity;
  int64_t bytes = 0;

  int64_t room() const noexcept { return capacity - bytes; }
  void put(uint32_t type, uint32_t payload) noexcept {
    const uint16_t word = static_cast<uint16_t>(type << 12 | payload);
    std::memcpy(out + bytes, &word, 2);
    bytes += 2;
  }
};

// Events x[0..n) that lie below `end`, as bits relative to `base`; `count` is how many they are.
uint32_t group_mask(const uint16_t* x, int32_t n, int32_t base, int32_t& count) noexcept {
  uint32_t mask = 0;
  count = 0;
  while (count < n && x[count] < base + kGroup) mask |= 1u << (x[count++] - base);
  return mask;
}

// Writes events of one time, row and polarity with rising x. A group costs 4 words, 3 where it
// begins where the group before it ended, and is used where single words would cost more.
void put_columns(Words& words, const uint16_t* x, int32_t n, uint32_t p, int32_t width) noexcept {
  int32_t follow = -1;  // column after the group written last
  for (int32_t i = 0; i < n;) {
    int32_t count_next = 0, count_new = 0;
    uint32_t mask_next = 0, mask_new = 0;
    if (n - i > 3 && follow >= 0 && x[i] < follow + kGroup && follow + kGroup <= width)
      mask_next = group_mask(x + i, n - i, follow, count_next);
    const int32_t base = std::min<int32_t>(x[i], width - kGroup);
    if (n - i > 4 && width >= kGroup) mask_new = group_mask(x + i, n - i, base, count_new);
    const int32_t saved_next = count_next - 3, saved_new = count_new - 4;
    if (saved_next <= 0 && saved_new <= 0) {
      words.put(2, p << 11 | x[i++]);
      follow = -1;  // readers differ in what a single event does to the vector base
      continue;
    }
    const bool next = saved_next >= saved_new;
    const uint32_t mask = next ? mask_next : mask_new;
    if (!next) words.put(3, p << 11 | static_cast<uint32_t>(base));
    words.put(4, mask & 0xFFF);
    words.put(4, (mask >> 12) & 0xFFF);
    words.put(5, mask >> 24);
    i += next ? count_next : count_new;
    follow = (next ? follow : base) + kGroup;
  }
}

// Writes the time as far as it is not the current one; false when the output is full, with the
// state such that the same call can be made again.
bool put_time(Evt3EncodeState& s, Words& words, int64_t t) noexcept {
  const int64_t high = t >> 12;
  while (s.high != high) {
    if (words.room() < 2) return false;
    s.high = next_time_high(s.high, high, kHighRange);
    words.put(8, static_cast<uint32_t>(s.high & (kHighRange - 1)));
    s.low = -1;
  }
  const int32_t low = static_cast<int32_t>(t & 0xFFF);
  if (low == s.low) return true;
  if (words.room() < 2) return false;
  words.put(6, static_cast<uint32_t>(low));
  s.low = low;
  return true;
}

// Writes a complete run with its time and row; false when the output is full, as above.
bool put_run(Evt3EncodeState& s, Words& words, int64_t t, uint32_t y, uint32_t p, const uint16_t* x,
             int32_t n) noexcept {
  if (!put_time(s, words, t) || words.room() < 2 + 2 * n) return false;
  if (static_cast<int32_t>(y) != s.y) words.put(0, y);
  s.y = static_cast<int32_t>(y);
  if (n == 1) {
    words.put(2, p << 11 | x[0]);
  } else {
    put_columns(words, x, n, p, s.width);
  }
  return true;
}

EncodeError check(const Evt3EncodeState& s, const Columns& events, int64_t i) noexcept {
  if (events.x[i] >= s.width) return EncodeError::x_range;
  if (events.y[i] >= s.height) return EncodeError::y_range;
  if (events.t[i] < 0) return EncodeError::negative_time;
  if (s.high >= 0 && s.high - (events.t[i] >> 12) >= kHighRange / 2)
    return EncodeError::time_backwards;
  if ((events.t[i] >> 12) - s.high > kHighRange * kMostLoops) return EncodeError::time_gap;
  return EncodeError::none;
}

// The events as bits relative to `base`; all lie less than 32 columns behind it.
uint32_t mask_of(const uint16_t* x, int64_t n, int32_t base) noexcept {
  // Edges mostly light up one column after the other.
  if (x[n - 1] - x[0] == n - 1)
    return static_cast<uint32_t>(((uint64_t{1} << n) - 1) << (x[0] - base));
  uint32_t mask = 0;
  for (int64_t k = 0; k < n; ++k) mask |= 1u << (x[k] - base);
  return mask;
}

constexpr int64_t kReach = kRunBlock + 4;  // events behind the first that a block looks at

// Writes complete runs from event `i` on as `put_run` does, with few jumps, while they have the
// current time high; returns the first event that it leaves.
int64_t put_runs(Evt3EncodeState& s, Words& words, const Columns& e, int64_t i) noexcept {
  const auto starts_of = event_run_kernels().starts;
  const auto width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  // Copies, which what is written cannot change.
  const int64_t* const ts = e.t;
  const uint16_t *const xs = e.x, *const ys = e.y;
  const uint8_t* const ps = e.p;
  const int64_t high = s.high;
  const int32_t last_base = s.width - kGroup;
  uint32_t last_low = static_cast<uint32_t>(s.low), last_y = static_cast<uint32_t>(s.y);
  uint64_t found = 0;
  // No event takes more than three words and a half; four are written at once.
  while (i + kReach <= e.n && words.room() >= 8 * kReach &&
         starts_of(e, i, width, height, 16, found) && found != 0) {
    uint8_t* out = words.out + words.bytes;
    uint64_t starts = found;
    const int64_t from = i + 1;
    int64_t at = i;
    for (; starts != 0; starts &= starts - 1) {
      const int64_t t = ts[at];
      if (t >> 12 != high) break;
      const int64_t next = from + std::countr_zero(starts), n = next - at;
      const uint16_t* const x = xs + at;
      const uint32_t low = static_cast<uint32_t>(t & 0xFFF), y = ys[at];
      // Time and row: written whether needed or not, and kept where needed.
      const uint32_t new_time = low != last_low, new_row = y != last_y;
      const uint32_t head = (0x6000 | low | y << 16) >> (16 - 16 * new_time);
      std::memcpy(out, &head, 4);
      out += 2 * (new_time + new_row);
      last_low = low;
      last_y = y;
      if (n <= 4) {
        uint64_t four;
        std::memcpy(&four, x, 8);
        four |= ps[at] != 0 ? 0x2800280028002800u : 0x2000200020002000u;
        std::memcpy(out, &four, 8);
        out += 2 * n;
        at = next;
        continue;
      }
      const uint32_t p = ps[at] != 0;
      const int32_t base = std::min<int32_t>(x[0], last_base);
      if (base >= 0 && x[n - 1] < base + kGroup) {
        const uint64_t mask = mask_of(x, n, base);
        const uint64_t group =
            (0x3000u | p << 11 | static_cast<uint32_t>(base)) | (0x4000 | (mask & 0xFFF)) << 16 |
            (0x4000 | ((mask >> 12) & 0xFFF)) << 32 | (0x5000 | mask >> 24) << 48;
        std::memcpy(out, &group, 8);
        out += 8;
      } else {
        words.bytes = out - words.out;
        put_columns(words, x, static_cast<int32_t>(n), p, s.width);
        out = words.out + words.bytes;
      }
      at = next;
    }
    words.bytes = out - words.out;
    if (at == i) break;
    i = at;
    if (starts != 0) break;
  }
  s.low = static_cast<int32_t>(last_low);
  s.y = static_cast<int32_t>(last_y);
  return i;
}

}  // namespace

EncodeProgress evt3_encode(Evt3EncodeState& s, const Columns& events, bool last, uint8_t* out,
                           int64_t capacity) noexcept {
  Words words{out, capacity};
  const int64_t* const t = events.t;
  const uint16_t* const x = events.x;
  const uint16_t* const y = events.y;
  const uint8_t* const p = events.p;
  int64_t i = 0;
  if (s.n_pending > 0) {
    while (i < events.n && t[i] == s.t && y[i] == s.run_y && (p[i] != 0) == s.run_p &&
           x[i] > s.pending[s.n_pending - 1] && x[i] < s.width)
      s.pending[s.n_pending++] = x[i++];
    if (i == events.n && !last) return {i, 0, EncodeError::none};
    if (!put_run(s, words, s.t, s.run_y, s.run_p, s.pending, s.n_pending))
      return {i, words.bytes, EncodeError::none};
    s.n_pending = 0;
  }
  int64_t next_try = i;
  while (i < events.n) {
    if (i >= next_try) {
      i = put_runs(s, words, events, i);
      // The run that stopped it goes alone.
      next_try = i + 1;
      if (i == events.n) break;
    }
    const EncodeError error = check(s, events, i);
    if (error != EncodeError::none) return {i, words.bytes, error};
    const bool on = p[i] != 0;
    int64_t end = i + 1;
    while (end < events.n && t[end] == t[i] && y[end] == y[i] && (p[end] != 0) == on &&
           x[end] > x[end - 1] && x[end] < s.width)
      ++end;
    if (end == events.n && !last) {
      s.t = t[i];
      s.run_y = y[i];
      s.run_p = on;
      s.n_pending = static_cast<int32_t>(end - i);
      std::copy(x + i, x + end, s.pending);
      return {end, words.bytes, EncodeError::none};
    }
    if (!put_run(s, words, t[i], y[i], on, x + i, static_cast<int32_t>(end - i)))
      return {i, words.bytes, EncodeError::none};
    i = end;
  }
  return {i, words.bytes, EncodeError::none};
}

EncodeProgress evt3_encode_trigger(Evt3EncodeState& s, int64_t t, uint32_t id, uint32_t value,
                                   uint8_t* out, int64_t capacity) noexcept {
  const EncodeProgress flushed = evt3_encode(s, Columns{}, true, out, capacity);
  if (s.n_pending > 0) return {0, flushed.bytes, EncodeError::none};
  Words words{out, capacity, flushed.bytes};
  if (t < 0) return {0, words.bytes, EncodeError::negative_time};
  if (s.high >= 0 && s.high - (t >> 12) >= kHighRange / 2)
    return {0, words.bytes, EncodeError::time_backwards};
  if ((t >> 12) - s.high > kHighRange * kMostLoops) return {0, words.bytes, EncodeError::time_gap};
  if (!put_time(s, words, t) || words.room() < 2) return {0, words.bytes, EncodeError::none};
  words.put(0xA, (id & 15) << 8 | (value & 1));
  return {1, words.bytes, EncodeError::none};
}

}  // namespace nk
