// EVT3 words 32 at a time: which row, time and column base each word is under is found for all of
// them at once, by looking up the last word before it that says so.
//
// Included by evt3.isa.cpp inside its anonymous namespace.
#pragma once

// What a run of words begins with and leaves behind.
struct Evt3Run {
  int64_t t_high;  // time without its low 12 bits
  uint32_t low;
  uint32_t y;
  uint32_t base;   // column of the next vector word
  uint32_t p;      // polarity of vectors
  int64_t last_t;  // time of the event written last
};

struct Halves {
  __m512i a, b;  // 32-bit lanes of words 0 to 15 and 16 to 31
};

inline __m512i lanes_up_to(int first) noexcept {
  const __m512i lane =
      _mm512_add_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
                       _mm512_set1_epi32(first + 1));
  // Bits 0 to the lane's own; a shift by 32 gives 0, and 0 - 1 all bits.
  return _mm512_sub_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), lane), _mm512_set1_epi32(1));
}

// In each lane the value of the last lane at or before it that is in `marked`; `before` where there
// is none.
inline Halves last_marked(__mmask32 marked, const Halves& values, __m512i before) noexcept {
  const __m512i all = _mm512_set1_epi32(static_cast<int>(marked));
  const __m512i top = _mm512_set1_epi32(31);
  const __m512i in_a = _mm512_and_si512(all, lanes_up_to(0));
  const __m512i in_b = _mm512_and_si512(all, lanes_up_to(16));
  const __m512i at_a = _mm512_sub_epi32(top, _mm512_lzcnt_epi32(in_a));
  const __m512i at_b = _mm512_sub_epi32(top, _mm512_lzcnt_epi32(in_b));
  return {_mm512_mask_permutexvar_epi32(before, _mm512_test_epi32_mask(in_a, in_a), at_a, values.a),
          _mm512_mask_mov_epi32(before, _mm512_test_epi32_mask(in_b, in_b),
                                _mm512_permutex2var_epi32(values.a, at_b, values.b))};
}

// Sums of all lanes up to and including each.
inline __m512i running_sum(__m512i v) noexcept {
  const __m512i zero = _mm512_setzero_si512();
  v = _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 15));
  v = _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 14));
  v = _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 12));
  return _mm512_add_epi32(v, _mm512_alignr_epi32(v, zero, 8));
}

inline Halves widen(__m512i words) noexcept {
  return {_mm512_cvtepu16_epi32(_mm512_castsi512_si256(words)),
          _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(words, 1))};
}

inline int highest(uint32_t bits) noexcept { return 31 - static_cast<int>(_lzcnt_u32(bits)); }

// Lanes below the first one that is in `stops`.
inline uint32_t before_first(uint32_t stops) noexcept {
  return stops == 0 ? ~0u : (1u << _tzcnt_u32(stops)) - 1;
}

// Writes the single events of 16 words.
inline int64_t put_singles(const MutableColumns& to, int64_t n, __mmask16 events, __m512i words,
                           __m512i rows, __m512i low, int64_t t_high) noexcept {
  const __m512i packed = _mm512_maskz_compress_epi32(
      events, _mm512_or_si512(_mm512_and_si512(words, _mm512_set1_epi32(0xFFF)),
                              _mm512_slli_epi32(rows, 16)));
  const __m512i times = _mm512_maskz_compress_epi32(events, low);
  const __m512i high = _mm512_set1_epi64(t_high);
  const __m512i x = _mm512_and_si512(packed, _mm512_set1_epi32(0x7FF));
  const __m512i p = _mm512_and_si512(_mm512_srli_epi32(packed, 11), _mm512_set1_epi32(1));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.x + n), _mm512_cvtepi32_epi16(x));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.y + n),
                      _mm512_cvtepi32_epi16(_mm512_srli_epi32(packed, 16)));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to.p + n), _mm512_cvtepi32_epi8(p));
  _mm512_storeu_si512(to.t + n,
                      _mm512_or_si512(high, _mm512_cvtepu32_epi64(_mm512_castsi512_si256(times))));
  _mm512_storeu_si512(
      to.t + n + 8,
      _mm512_or_si512(high, _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(times, 1))));
  return n + _mm_popcnt_u32(events);
}

// Decodes blocks of 32 words; returns how many words were consumed. Stops before a word that needs
// care, near the end of the columns, and where fewer than 32 words are left.
inline int64_t decode_blocks(Evt3Run& run, const uint8_t* data, int64_t words, uint32_t width,
                             uint32_t height, const MutableColumns& to, int64_t& written) noexcept {
  constexpr int64_t room = 32 * 12 + 16;
  const __m512i low11 = _mm512_set1_epi32(0x7FF);
  const __m512i iota = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  int64_t i = 0, n = written;
  while (i + 32 <= words && n + room <= to.capacity) {
    const uint8_t* const here = data + 2 * i;
    const __m512i block = _mm512_loadu_si512(here);
    const __m512i type = _mm512_srli_epi16(block, 12);
    const auto is = [type](int wanted) {
      return _mm512_cmpeq_epi16_mask(type, _mm512_set1_epi16(static_cast<short>(wanted)));
    };
    const uint32_t is_row = is(0), is_single = is(2), is_base = is(3), is_12 = is(4), is_8 = is(5),
                   is_low = is(6);
    const __m512i place = _mm512_and_si512(block, _mm512_set1_epi16(0x7FF));
    uint32_t stops = ~(is_row | is_single | is_base | is_12 | is_8 | is_low);
    stops |= is_row & _mm512_cmpge_epu16_mask(place, _mm512_set1_epi16(static_cast<short>(height)));
    stops |=
        is_single & _mm512_cmpge_epu16_mask(place, _mm512_set1_epi16(static_cast<short>(width)));
    const Halves word = widen(block);
    const Halves row =
        last_marked(is_row, {_mm512_and_si512(word.a, low11), _mm512_and_si512(word.b, low11)},
                    _mm512_set1_epi32(static_cast<int>(run.y)));
    Halves low{_mm512_set1_epi32(static_cast<int>(run.low)),
               _mm512_set1_epi32(static_cast<int>(run.low))};
    if (is_low != 0) {
      const __m512i low12 = _mm512_set1_epi32(0xFFF);
      const __m512i before = low.a;
      low = last_marked(is_low, {_mm512_and_si512(word.a, low12), _mm512_and_si512(word.b, low12)},
                        before);
      // A time that falls is left to the careful path.
      stops |= _mm512_cmplt_epu32_mask(low.a, _mm512_alignr_epi32(low.a, before, 15));
      stops |= static_cast<uint32_t>(
                   _mm512_cmplt_epu32_mask(low.b, _mm512_alignr_epi32(low.b, low.a, 15)))
               << 16;
    }
    uint32_t valid = before_first(stops);
    const uint32_t is_vector = is_12 | is_8;
    uint32_t events = is_single;
    if (((is_vector | is_base) & valid) == 0) {
      if (valid == 0) break;
      events &= valid;
      n = put_singles(to, n, static_cast<__mmask16>(events), word.a, row.a, low.a, run.t_high);
      n = put_singles(to, n, static_cast<__mmask16>(events >> 16), word.b, row.b, low.b,
                      run.t_high);
    } else {
      const auto spread = [](uint32_t marked, int value) {
        const __m512i v = _mm512_set1_epi32(value);
        return Halves{_mm512_maskz_mov_epi32(static_cast<__mmask16>(marked), v),
                      _mm512_maskz_mov_epi32(static_cast<__mmask16>(marked >> 16), v)};
      };
      const Halves by_12 = spread(is_12, 12), by_8 = spread(is_8, 8);
      const Halves step{_mm512_or_si512(by_12.a, by_8.a), _mm512_or_si512(by_12.b, by_8.b)};
      Halves moved{running_sum(step.a), running_sum(step.b)};
      moved.b = _mm512_add_epi32(moved.b, _mm512_permutexvar_epi32(_mm512_set1_epi32(15), moved.a));
      // The base word's value with the movement up to it, both under one look-up: the movement of
      // a block is below 2^9, and a base with its polarity below 2^13.
      const auto tag = [](__m512i w, __m512i m) {
        return _mm512_or_si512(_mm512_and_si512(w, _mm512_set1_epi32(0xFFF)),
                               _mm512_slli_epi32(m, 16));
      };
      const Halves under =
          last_marked(is_base, {tag(word.a, moved.a), tag(word.b, moved.b)}, _mm512_set1_epi32(-1));
      const auto columns = [&](__m512i w, __m512i u, __m512i m, __m512i s, __mmask16 single,
                               __m512i& polarity) {
        const __mmask16 none = _mm512_cmpeq_epi32_mask(u, _mm512_set1_epi32(-1));
        __m512i x = _mm512_sub_epi32(_mm512_and_si512(u, low11), _mm512_srli_epi32(u, 16));
        x = _mm512_mask_mov_epi32(x, none, _mm512_set1_epi32(static_cast<int>(run.base)));
        x = _mm512_add_epi32(x, _mm512_sub_epi32(m, s));
        polarity = _mm512_and_si512(_mm512_srli_epi32(u, 11), _mm512_set1_epi32(1));
        polarity =
            _mm512_mask_mov_epi32(polarity, none, _mm512_set1_epi32(static_cast<int>(run.p)));
        polarity =
            _mm512_mask_and_epi32(polarity, single, _mm512_srli_epi32(w, 11), _mm512_set1_epi32(1));
        return _mm512_mask_and_epi32(x, single, w, low11);
      };
      Halves polarity;
      const Halves x{
          columns(word.a, under.a, moved.a, step.a, static_cast<__mmask16>(is_single), polarity.a),
          columns(word.b, under.b, moved.b, step.b, static_cast<__mmask16>(is_single >> 16),
                  polarity.b)};
      const auto bits = [](__m512i w, uint32_t v12, uint32_t v8, uint32_t single) {
        __m512i m =
            _mm512_maskz_and_epi32(static_cast<__mmask16>(v12), w, _mm512_set1_epi32(0xFFF));
        m = _mm512_mask_and_epi32(m, static_cast<__mmask16>(v8), w, _mm512_set1_epi32(0xFF));
        return _mm512_mask_mov_epi32(m, static_cast<__mmask16>(single), _mm512_set1_epi32(1));
      };
      const Halves mask{bits(word.a, is_12, is_8, is_single),
                        bits(word.b, is_12 >> 16, is_8 >> 16, is_single >> 16)};
      const auto last_column = [](__m512i columns_, __m512i m) {
        return _mm512_add_epi32(columns_,
                                _mm512_sub_epi32(_mm512_set1_epi32(31), _mm512_lzcnt_epi32(m)));
      };
      const __m512i end = _mm512_set1_epi32(static_cast<int>(width));
      const uint32_t some = _mm512_test_epi32_mask(mask.a, mask.a) |
                            static_cast<uint32_t>(_mm512_test_epi32_mask(mask.b, mask.b)) << 16;
      const uint32_t outside =
          _mm512_cmpge_epi32_mask(last_column(x.a, mask.a), end) |
          static_cast<uint32_t>(_mm512_cmpge_epi32_mask(last_column(x.b, mask.b), end)) << 16;
      valid &= before_first(some & outside);
      if (valid == 0) break;
      events = some & valid;

      alignas(64) uint32_t at_x[32], at_mask[32], at_y[32], at_low[32];
      const __m512i kind_a = _mm512_or_si512(mask.a, _mm512_slli_epi32(polarity.a, 16));
      const __m512i kind_b = _mm512_or_si512(mask.b, _mm512_slli_epi32(polarity.b, 16));
      _mm512_store_si512(at_x, x.a);
      _mm512_store_si512(at_x + 16, x.b);
      _mm512_store_si512(at_mask, kind_a);
      _mm512_store_si512(at_mask + 16, kind_b);
      _mm512_store_si512(at_y, row.a);
      _mm512_store_si512(at_y + 16, row.b);
      _mm512_store_si512(at_low, low.a);
      _mm512_store_si512(at_low + 16, low.b);
      for (uint32_t left = events; left != 0; left &= left - 1) {
        const uint32_t k = _tzcnt_u32(left);
        const __mmask16 set = static_cast<__mmask16>(at_mask[k] & 0xFFF);
        const __m512i x_all = _mm512_add_epi32(_mm512_maskz_compress_epi32(set, iota),
                                               _mm512_set1_epi32(static_cast<int>(at_x[k])));
        const __m512i t_all = _mm512_set1_epi64(run.t_high | at_low[k]);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.x + n), _mm512_cvtepi32_epi16(x_all));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.y + n),
                            _mm256_set1_epi16(static_cast<short>(at_y[k])));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to.p + n),
                         _mm_set1_epi8(static_cast<char>(at_mask[k] >> 16)));
        _mm512_storeu_si512(to.t + n, t_all);
        _mm512_storeu_si512(to.t + n + 8, t_all);
        n += _mm_popcnt_u32(set);
      }
      uint32_t moving = valid;
      if ((is_base & valid) != 0) {
        const int k = highest(is_base & valid);
        const uint32_t base_word = load<uint16_t>(here + 2 * k);
        run.base = base_word & 0x7FF;
        run.p = (base_word >> 11) & 1;
        moving &= ~((2u << k) - 1);
      }
      if (run.base < 0x8000)  // far beyond any sensor it stays where it is
        run.base += 12 * static_cast<uint32_t>(_mm_popcnt_u32(is_12 & moving)) +
                    8 * static_cast<uint32_t>(_mm_popcnt_u32(is_8 & moving));
    }
    if (events != 0) {
      const uint32_t lows = is_low & ((2u << highest(events)) - 1);
      const uint32_t last_low =
          lows == 0 ? run.low : load<uint16_t>(here + 2 * highest(lows)) & 0xFFFu;
      run.last_t = run.t_high | last_low;
    }
    if ((is_row & valid) != 0) run.y = load<uint16_t>(here + 2 * highest(is_row & valid)) & 0x7FFu;
    if ((is_low & valid) != 0)
      run.low = load<uint16_t>(here + 2 * highest(is_low & valid)) & 0xFFFu;
    i += _mm_popcnt_u32(valid);
  }
  written = n;
  return i;
}
