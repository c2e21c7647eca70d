// DVS records of an Event Stream 12 at a time: 60 bytes, read once as they are and once a byte
// later, so that every field begins a 16-bit lane of one of the two.
//
// Included by es.isa.cpp inside its anonymous namespace.
#pragma once

struct DvsLanes {
  uint16_t head[32], x[32], y[32];
  constexpr DvsLanes() : head{}, x{}, y{} {
    constexpr uint16_t later = 32;  // lanes of the second operand
    for (int k = 0; k < 12; ++k) {
      const uint16_t at = static_cast<uint16_t>(5 * (k / 2));
      head[k] = static_cast<uint16_t>(k % 2 == 0 ? at : later + at + 2);
      x[k] = static_cast<uint16_t>(k % 2 == 0 ? later + at : at + 3);
      y[k] = static_cast<uint16_t>(k % 2 == 0 ? later + at + 1 : at + 4);
    }
  }
};
constexpr DvsLanes kDvsLanes;

// Decodes adjacent records inside the sensor; returns the bytes consumed.
int64_t dvs_run(EsState& s, const uint8_t* data, int64_t n, Cursors& out) noexcept {
  const __m512i head_lanes = _mm512_loadu_si512(kDvsLanes.head);
  const __m512i x_lanes = _mm512_loadu_si512(kDvsLanes.x);
  const __m512i y_lanes = _mm512_loadu_si512(kDvsLanes.y);
  const __m256i lane = _mm256_set_epi16(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m256i last_x = _mm256_set1_epi16(static_cast<short>(s.width - 1));
  const __m256i last_y = _mm256_set1_epi16(static_cast<short>(s.height - 1));
  __m512i t = _mm512_set1_epi64(s.t);
  int64_t i = 0;
  bool whole = true;
  while (whole && n - i >= 65 && out.to.capacity - out.n >= 16) {
    const __m512i here = _mm512_loadu_si512(data + i), later = _mm512_loadu_si512(data + i + 1);
    const __m256i head =
        _mm256_and_si256(_mm512_castsi512_si256(_mm512_permutex2var_epi16(here, head_lanes, later)),
                         _mm256_set1_epi16(0xFF));
    const __m256i x = _mm512_castsi512_si256(_mm512_permutex2var_epi16(here, x_lanes, later));
    const __m256i y = _mm512_castsi512_si256(_mm512_permutex2var_epi16(here, y_lanes, later));
    const uint32_t bad = _mm256_cmpge_epu16_mask(head, _mm256_set1_epi16(0xFE)) |
                         _mm256_cmpgt_epu16_mask(x, last_x) | _mm256_cmpgt_epu16_mask(y, last_y);
    __m256i dt = _mm256_srli_epi16(head, 1);
    for (int step = 1; step < 16; step *= 2)
      dt = _mm256_add_epi16(
          dt, _mm256_maskz_permutexvar_epi16(
                  static_cast<__mmask16>(0xFFFFu << step),
                  _mm256_sub_epi16(lane, _mm256_set1_epi16(static_cast<short>(step))), dt));
    const uint32_t good = bad == 0 ? 12 : _tzcnt_u32(bad | 1u << 12);
    whole = good == 12;
    _mm512_storeu_si512(out.to.t + out.n,
                        _mm512_add_epi64(t, _mm512_cvtepu16_epi64(_mm256_castsi256_si128(dt))));
    _mm512_storeu_si512(
        out.to.t + out.n + 8,
        _mm512_add_epi64(t, _mm512_cvtepu16_epi64(_mm256_extracti128_si256(dt, 1))));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.to.x + out.n), x);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.to.y + out.n), _mm256_sub_epi16(last_y, y));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out.to.p + out.n),
                     _mm256_cvtepi16_epi8(_mm256_and_si256(head, _mm256_set1_epi16(1))));
    if (good == 0) break;
    const __m128i sum = _mm256_castsi256_si128(
        _mm256_permutexvar_epi16(_mm256_set1_epi16(static_cast<short>(good - 1)), dt));
    t = _mm512_add_epi64(t, _mm512_cvtepu16_epi64(sum));
    out.n += good;
    i += 5 * good;
  }
  s.t = _mm_cvtsi128_si64(_mm512_castsi512_si128(t));
  return i;
}
