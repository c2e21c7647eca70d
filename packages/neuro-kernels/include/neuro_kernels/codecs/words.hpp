// The frame around decoders of fixed-size words: carries the bytes of a word that a call's end cut
// in two. For .isa.cpp files only: everything has internal linkage.
#pragma once

#include <cstring>

#if defined(_MSC_VER)
#include <intrin.h>
#endif

#include "neuro_kernels/codecs/decode.hpp"

namespace nk {
namespace {

template <class Word>
inline Word load(const uint8_t* data) noexcept {
  Word word;
  std::memcpy(&word, data, sizeof(Word));  // all supported processors are little-endian
  return word;
}

inline int32_t popcount(uint32_t bits) noexcept {
#if defined(_MSC_VER)
  return static_cast<int32_t>(__popcnt(bits));
#else
  return __builtin_popcount(bits);
#endif
}

// Index of the lowest set bit; `bits` must not be 0.
inline uint32_t lowest_bit(uint32_t bits) noexcept {
#if defined(_MSC_VER)
  unsigned long index;
  _BitScanForward(&index, bits);
  return index;
#else
  return static_cast<uint32_t>(__builtin_ctz(bits));
#endif
}

// Columns being filled.
struct Cursor {
  MutableColumns to;
  int64_t n = 0;
  TriggerColumns triggers;
  int64_t n_triggers = 0;

  bool full() const noexcept { return n >= to.capacity; }
  void put(int64_t t, uint32_t x, uint32_t y, uint32_t p) noexcept {
    to.t[n] = t;
    to.x[n] = static_cast<uint16_t>(x);
    to.y[n] = static_cast<uint16_t>(y);
    to.p[n] = static_cast<uint8_t>(p);
    ++n;
  }
  bool put_trigger(int64_t t, uint32_t id, uint32_t value) noexcept {
    if (n_triggers >= triggers.capacity) return false;
    triggers.t[n_triggers] = t;
    triggers.id[n_triggers] = static_cast<uint8_t>(id);
    triggers.value[n_triggers] = static_cast<uint8_t>(value);
    ++n_triggers;
    return true;
  }
};

inline void mark(DecodeCounts& counts, int64_t offset) noexcept {
  if (counts.first_problem < 0) counts.first_problem = offset;
}

inline void skip(DecodeCounts& counts, int64_t& kind, int64_t events, int64_t offset,
                 int64_t bytes) noexcept {
  kind += events;
  counts.bytes_skipped += bytes;
  mark(counts, offset);
}

// `fast(state, data, words, cursor)` decodes a run of words that need no care and returns how many
// they were; `step(state, word, offset, cursor)` decodes any one word, or returns false and changes
// nothing when an output is full.
template <class Word, class State, class Fast, class Step>
inline DecodeProgress decode_words(State& state, const uint8_t* data, int64_t n,
                                   const DecodeOutput& out, Fast fast, Step step) noexcept {
  constexpr int64_t size = sizeof(Word);
  DecodeCounts& counts = state.counts;
  Cursor cursor{out.events, 0, out.triggers, 0};
  const int64_t start = counts.bytes_read;
  int64_t i = 0;
  bool room = true;
  if (state.n_carried > 0) {
    const int64_t missing = size - state.n_carried;
    if (n < missing) {
      if (n > 0) std::memcpy(state.carried + state.n_carried, data, static_cast<size_t>(n));
      state.n_carried += static_cast<int32_t>(n);
      counts.bytes_read += n;
      return {n, 0, 0, 0};
    }
    uint8_t whole[size];
    std::memcpy(whole, state.carried, static_cast<size_t>(state.n_carried));
    std::memcpy(whole + state.n_carried, data, static_cast<size_t>(missing));
    room = step(state, load<Word>(whole), start - state.n_carried, cursor);
    if (room) {
      i = missing;
      state.n_carried = 0;
    }
  }
  while (room && n - i >= size) {
    i += size * fast(state, data + i, (n - i) / size, start + i, cursor);
    if (n - i < size) break;
    room = step(state, load<Word>(data + i), start + i, cursor);
    if (room) i += size;
  }
  if (room && i < n) {
    state.n_carried = static_cast<int32_t>(n - i);
    std::memcpy(state.carried, data + i, static_cast<size_t>(n - i));
    i = n;
  }
  counts.bytes_read += i;
  counts.events += cursor.n;
  counts.triggers += cursor.n_triggers;
  return {i, cursor.n, cursor.n_triggers, 0};
}

}  // namespace
}  // namespace nk
