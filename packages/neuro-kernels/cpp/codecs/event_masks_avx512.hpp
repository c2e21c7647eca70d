// Words of EVT 2.1 from 64 events at once. The columns of a run are bits of its word that all
// differ, so the word is a difference of two sums over the bits of all events.
//
// Included by event_runs.isa.cpp inside its anonymous namespace.
#pragma once

int64_t masks(const Columns& e, int64_t i, const MaskPlan& plan, uint8_t* out, int64_t& bytes) {
  uint64_t ends = 0;
  if (!starts(e, i, plan.width, plan.height, 5, ends)) return 0;
  const __m512i high = _mm512_set1_epi64(plan.high);
  __m512i t[8];
  uint64_t timely = 0;
  for (int k = 0; k < 8; ++k) {
    t[k] = _mm512_loadu_si512(e.t + i + 8 * k);
    const uint64_t same = _mm512_cmpeq_epi64_mask(_mm512_srai_epi64(t[k], 6), high);
    timely |= same << (8 * k);
  }
  // An event of another time begins a run: the one before it ends there.
  ends &= _blsmsk_u64(~timely) >> (timely == ~uint64_t{0} ? 0 : 1);
  if (ends == 0) return 0;

  const uint64_t begins = ends << 1 | 1;
  const __m512i zero = _mm512_setzero_si512(), one = _mm512_set1_epi64(1);
  const __m512i low = _mm512_set1_epi64(63), column = _mm512_set1_epi64(31);
  alignas(64) uint64_t heads[kRunBlock + 8], sums[kRunBlock + 9];
  __m512i sum = zero;
  uint64_t* head_to = heads;
  uint64_t* sum_to = sums + 1;
  sums[0] = 0;
  for (int k = 0; k < 8; ++k) {
    const int64_t at = i + 8 * k;
    const auto widen = [at](const uint16_t* values) {
      return _mm512_cvtepu16_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(values + at)));
    };
    const __m512i x = widen(e.x), y = widen(e.y);
    const __m512i p = _mm512_cvtepu8_epi64(_mm_loadu_si64(e.p + at));
    const __m512i type = _mm512_maskz_set1_epi64(_mm512_test_epi64_mask(p, p), int64_t{1} << 60);
    const __m512i time = _mm512_slli_epi64(_mm512_and_si512(t[k], low), 54);
    const __m512i place = _mm512_or_si512(_mm512_slli_epi64(_mm512_andnot_si512(column, x), 43),
                                          _mm512_slli_epi64(y, 32));
    const __m512i head = _mm512_or_si512(_mm512_or_si512(type, time), place);
    __m512i bits = _mm512_sllv_epi64(one, _mm512_and_si512(x, column));
    bits = _mm512_add_epi64(bits, _mm512_alignr_epi64(bits, zero, 7));
    bits = _mm512_add_epi64(bits, _mm512_alignr_epi64(bits, zero, 6));
    bits = _mm512_add_epi64(bits, _mm512_alignr_epi64(bits, zero, 4));
    sum = _mm512_add_epi64(bits, _mm512_permutexvar_epi64(_mm512_set1_epi64(7), sum));
    const auto begin = static_cast<__mmask8>(begins >> (8 * k));
    const auto end = static_cast<__mmask8>(ends >> (8 * k));
    _mm512_storeu_si512(head_to, _mm512_maskz_compress_epi64(begin, head));
    _mm512_storeu_si512(sum_to, _mm512_maskz_compress_epi64(end, sum));
    head_to += _mm_popcnt_u32(begin);
    sum_to += _mm_popcnt_u32(end);
  }
  const int64_t words = _mm_popcnt_u64(ends);
  for (int64_t k = 0; k < words; k += 8) {
    const __m512i masks =
        _mm512_sub_epi64(_mm512_loadu_si512(sums + k + 1), _mm512_loadu_si512(sums + k));
    const __m512i word = _mm512_or_si512(_mm512_loadu_si512(heads + k), masks);
    _mm512_storeu_si512(out + 8 * k, plan.upper_first ? _mm512_ror_epi64(word, 32) : word);
  }
  bytes += 8 * words;
  return kRunBlock - static_cast<int64_t>(_lzcnt_u64(ends));
}
