// Records of version 2 64 at a time, to memory that no cache holds.
//
// Included by dat.isa.cpp inside its anonymous namespace.
#pragma once

// Decodes events that are not earlier than the one before them; returns the records consumed.
int64_t stream_run(DatState& s, const uint8_t* data, int64_t records, Cursor& out) noexcept {
  constexpr int64_t block = 64;
  const auto width = static_cast<uint32_t>(s.width), height = static_cast<uint32_t>(s.height);
  const __m512i not_event = _mm512_set1_epi32(static_cast<int>(0xE0000000u));
  const __m512i is_on = _mm512_set1_epi32(1 << 28), low = _mm512_set1_epi64(0xFFFFFFFF);
  const __m512i base = _mm512_set1_epi64(s.loop << 32);
  alignas(64) static constexpr uint32_t even[16] = {0,  2,  4,  6,  8,  10, 12, 14,
                                                    16, 18, 20, 22, 24, 26, 28, 30};
  const __m512i times = _mm512_load_si512(even);
  const __m512i rests = _mm512_add_epi32(times, _mm512_set1_epi32(1));
  Stage stage(out.to, out.n);
  int64_t i = 0;
  while (records - i >= block && out.to.capacity - out.n >= block) {
    const uint8_t* const here = data + 8 * i;
    __m512i r[8], w[4];
    uint32_t other[4], on[4], back[4];
    __m512i before = _mm512_set1_epi32(static_cast<int>(s.low));
    for (int k = 0; k < 8; ++k) r[k] = _mm512_loadu_si512(here + 64 * k);
    for (int k = 0; k < 4; ++k) {
      const __m512i t = _mm512_permutex2var_epi32(r[2 * k], times, r[2 * k + 1]);
      w[k] = _mm512_permutex2var_epi32(r[2 * k], rests, r[2 * k + 1]);
      other[k] = _mm512_test_epi32_mask(w[k], not_event);
      on[k] = _mm512_test_epi32_mask(w[k], is_on);
      back[k] = _mm512_cmplt_epu32_mask(t, _mm512_alignr_epi32(t, before, 15));
      before = t;
    }
    const Lanes x = narrow(w, 0, 0x3FFF), y = narrow(w, 14, 0x3FFF);
    const uint64_t bad =
        join_masks(other[0] | back[0], other[1] | back[1], other[2] | back[2], other[3] | back[3]) |
        reach(x, width) | reach(y, height);
    const int64_t n = bad == 0 ? block : static_cast<int64_t>(_tzcnt_u64(bad));
    if (n == 0) break;
    const uint32_t last = load<uint32_t>(here + 8 * (n - 1));
    // A rise of more than half the range may be a step back over a wrap: the careful path decides.
    if (s.loop > 0 && last - s.low > kHalf) break;

    if (stage.room() < block) stage.spill();
    for (int k = 0; k < 8; ++k)
      _mm512_storeu_si512(stage.t() + 8 * k, _mm512_or_si512(_mm512_and_si512(r[k], low), base));
    _mm512_storeu_si512(stage.x(), x.low);
    _mm512_storeu_si512(stage.x() + 32, x.high);
    _mm512_storeu_si512(stage.y(), y.low);
    _mm512_storeu_si512(stage.y() + 32, y.high);
    _mm512_storeu_si512(stage.p(),
                        _mm512_maskz_set1_epi8(join_masks(on[0], on[1], on[2], on[3]), 1));
    stage.took(n);
    out.n += n;
    i += n;
    s.low = last;
    if (n < block) break;
  }
  if (i > 0) s.last_t = (s.loop << 32) | s.low;
  stage.finish();
  return i;
}
