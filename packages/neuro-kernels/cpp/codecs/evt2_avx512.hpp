// EVT 2.0 words 64 at a time, to memory that no cache holds.
//
// Included by evt2.isa.cpp inside its anonymous namespace.
#pragma once

// Decodes events and time highs; returns the words consumed.
int64_t stream_run(Evt2State& s, const uint8_t* data, int64_t words, int64_t offset,
                   Cursor& out) noexcept {
  constexpr int64_t block = 64;
  const auto width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  const __m512i not_event = _mm512_set1_epi32(static_cast<int>(0xE0000000u));
  const __m512i is_on = _mm512_set1_epi32(1 << 28), low = _mm512_set1_epi32(63);
  Stage stage(out.to, out.n);
  int64_t i = 0;
  while (words - i >= block && out.to.capacity - out.n >= block) {
    const uint8_t* const here = data + 4 * i;
    __m512i w[4], t[4];
    uint32_t other[4], on[4], back[4];
    for (int k = 0; k < 4; ++k) {
      w[k] = _mm512_loadu_si512(here + 64 * k);
      t[k] = _mm512_and_si512(_mm512_srli_epi32(w[k], 22), low);
      other[k] = _mm512_test_epi32_mask(w[k], not_event);
      on[k] = _mm512_test_epi32_mask(w[k], is_on);
    }
    // The first is compared with the event before it, whose time high may be another one.
    back[0] = _mm512_cmplt_epu32_mask(t[0], _mm512_alignr_epi32(t[0], t[0], 15)) & ~1u;
    for (int k = 1; k < 4; ++k)
      back[k] = _mm512_cmplt_epu32_mask(t[k], _mm512_alignr_epi32(t[k], t[k - 1], 15));
    const Lanes x = narrow(w, 11, 0x7FF), y = narrow(w, 0, 0x7FF);
    const uint64_t bad =
        join_masks(other[0], other[1], other[2], other[3]) | reach(x, width) | reach(y, height);
    const int64_t n = bad == 0 ? block : static_cast<int64_t>(_tzcnt_u64(bad));
    if (n == 0) {
      const uint32_t word = load<uint32_t>(here);
      if (word >> 28 != 0x8) break;
      set_high(s, word & (kHighRange - 1));
      ++i;
      continue;
    }
    const int64_t first = s.base + ((load<uint32_t>(here) >> 22) & 63);
    uint64_t steps = join_masks(back[0], back[1], back[2], back[3]);
    if (first < s.last_t) steps |= 1;
    if (n < block) steps &= (uint64_t{1} << n) - 1;
    if (steps != 0) {
      s.counts.time_errors += static_cast<int64_t>(_mm_popcnt_u64(steps));
      mark(s.counts, offset + 4 * (i + static_cast<int64_t>(_tzcnt_u64(steps))));
    }
    s.last_t = s.base + ((load<uint32_t>(here + 4 * (n - 1)) >> 22) & 63);

    if (stage.room() < block) stage.spill();
    const __m512i base = _mm512_set1_epi64(s.base);
    for (int k = 0; k < 4; ++k) {
      const __m256i first_half = _mm512_castsi512_si256(t[k]);
      const __m256i second_half = _mm512_extracti64x4_epi64(t[k], 1);
      int64_t* const to = stage.t() + 16 * k;
      _mm512_storeu_si512(to, _mm512_add_epi64(base, _mm512_cvtepu32_epi64(first_half)));
      _mm512_storeu_si512(to + 8, _mm512_add_epi64(base, _mm512_cvtepu32_epi64(second_half)));
    }
    _mm512_storeu_si512(stage.x(), x.low);
    _mm512_storeu_si512(stage.x() + 32, x.high);
    _mm512_storeu_si512(stage.y(), y.low);
    _mm512_storeu_si512(stage.y() + 32, y.high);
    _mm512_storeu_si512(stage.p(),
                        _mm512_maskz_set1_epi8(join_masks(on[0], on[1], on[2], on[3]), 1));
    stage.took(n);
    out.n += n;
    i += n;
  }
  stage.finish();
  return i;
}
