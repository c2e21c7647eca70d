// The inner loops of event-driven inference.
#include "neuro_kernels/sparse/infer.hpp"
#include "taps.hpp"

#if defined(__AVX512F__)
#include "../codecs/avx512.hpp"
#endif

namespace nk::NK_ISA {
namespace {

template <class T, bool Ones>
void scatter_entries(const Scatter<T>& s, const int32_t* index, const T* value, int64_t count,
                     T* drive) {
  const int64_t outputs = s.outputs, tap_row = s.kernel[1] * outputs;
  for (int64_t e = 0; e < count; ++e) {
    const T scale = Ones ? T(1) : value[e];
    if (s.width == 0) {
      add_row<T, Ones>(drive, s.weight + index[e] * outputs, outputs, scale);
      continue;
    }
    // Signals have fewer than 2^31 elements; 32-bit divisions are several times quicker.
    const auto at = static_cast<uint32_t>(index[e]);
    const uint32_t pixel = at / static_cast<uint32_t>(s.channels);
    const int64_t channel = at - pixel * static_cast<uint32_t>(s.channels);
    const int64_t y = pixel / static_cast<uint32_t>(s.width), x = pixel - y * s.width;
    const T* weights = s.weight + channel * s.kernel[0] * tap_row;
    for (int64_t ky = 0; ky < s.kernel[0]; ++ky) {
      const int64_t from = y + s.padding[0] - ky * s.dilation[0];
      if (from < 0) break;
      const int64_t oy = s.stride[0] == 1 ? from : from / s.stride[0];
      if (oy * s.stride[0] != from || oy >= s.out_height) continue;
      add_taps<T, Ones>(s, x, weights + ky * tap_row, drive + oy * s.out_width * outputs, scale);
    }
  }
}

template <class T>
void scatter(const Scatter<T>& s, const int32_t* index, const T* value, int64_t count,
             T* drive) noexcept {
  value == nullptr ? scatter_entries<T, true>(s, index, value, count, drive)
                   : scatter_entries<T, false>(s, index, value, count, drive);
}

inline float rounded_down(float x) { return __builtin_floorf(x); }
inline double rounded_down(double x) { return __builtin_floor(x); }

template <class T, Integrate How>
inline T integrate(T v, T x, T k, T e, T one_minus_e, T leak, T r) {
  if constexpr (How == Integrate::line) {
    return v + k * x;
  } else if constexpr (How == Integrate::euler) {
    T change = leak - v;
    change = change + r * x;
    change = change * k;
    return change + v;
  } else if constexpr (How == Integrate::zoh) {
    return v * e + one_minus_e * (leak + r * x);
  } else {
    return leak + (v - leak) * e + k * (r * x);
  }
}

template <class T>
inline T spikes(T v, T threshold, bool at_threshold, bool multi) {
  const bool above = at_threshold ? v >= threshold : v > threshold;
  if (!above) return 0;
  if (!multi || !(threshold > 0)) return 1;
  const T whole = rounded_down(v / threshold);
  return whole > 1 ? whole : T(1);
}

// What happens to potential and output, for all rules that are not the common one.
template <class T>
inline void settle(const Neurons<T>& p, T old, T fresh, T threshold, T v_reset, T& v, T& z) {
  auto after = [&](T now, T count) {
    T next = p.reset == Reset::value ? (count > 0 ? v_reset : now) : now - count * threshold;
    if (p.floor && next < -threshold) next = -threshold;
    return next;
  };
  if (p.before) {
    z = spikes(old, threshold, p.at_threshold, p.multi);
    v = after(fresh, z);
  } else if (p.reset == Reset::carry) {
    const T carried = spikes(old, threshold, p.at_threshold, p.multi);
    fresh = fresh - carried * threshold;
    z = spikes(fresh, threshold, p.at_threshold, p.multi);
    v = fresh - (z - carried) * threshold;
    if (p.floor && v < -threshold) v = -threshold;
  } else {
    z = spikes(fresh, threshold, p.at_threshold, p.multi);
    v = after(fresh, z);
  }
}

// A coefficient: one number for all neurons, or one for each.
template <class T, bool Uniform>
struct Coefficient;

template <class T>
struct Coefficient<T, true> {
  explicit Coefficient(const T* from) : one(*from) {}
  T operator[](int64_t) const { return one; }
  T one;
};

template <class T>
struct Coefficient<T, false> {
  explicit Coefficient(const T* from) : each(from) {}
  T operator[](int64_t j) const { return each[j]; }
  const T* __restrict each;
};

template <class T, Integrate How, bool Synapse, bool Uniform, bool Common>
void advance(const Neurons<T>& p, int64_t first, int64_t n, const T* __restrict drive,
             T* __restrict v, T* __restrict i, T* __restrict z) {
  using C = Coefficient<T, Uniform>;
  const int64_t at = Uniform ? 0 : first;
  const C k(p.k + at), e(p.e + at), one_minus_e(p.one_minus_e + at), leak(p.leak + at);
  const C r(p.r + at), k_syn(p.k_syn + at), e_syn(p.e_syn + at), g_syn(p.g_syn + at);
  const C threshold(p.threshold + at), v_reset(p.v_reset + at);
  for (int64_t j = 0; j < n; ++j) {
    T x = drive[j];
    if constexpr (Synapse) {
      T current = i[j];
      if constexpr (How == Integrate::euler)
        current = current - k_syn[j] * current;
      else
        current = e_syn[j] * current;
      current = current + g_syn[j] * x;
      i[j] = current;
      x = current;
    }
    const T fresh = integrate<T, How>(v[j], x, k[j], e[j], one_minus_e[j], leak[j], r[j]);
    if constexpr (Common) {
      const bool above = fresh > threshold[j];
      z[j] = above ? T(1) : T(0);
      v[j] = above ? v_reset[j] : fresh;
    } else {
      if (!p.spiking)
        v[j] = fresh;
      else
        settle(p, v[j], fresh, threshold[j], v_reset[j], v[j], z[j]);
    }
  }
}

template <class T, Integrate How, bool Synapse, bool Uniform>
void by_rule(const Neurons<T>& p, int64_t first, int64_t n, const T* drive, T* v, T* i, T* z) {
  const bool common =
      p.spiking && p.reset == Reset::value && !p.before && !p.at_threshold && !p.multi && !p.floor;
  common ? advance<T, How, Synapse, Uniform, true>(p, first, n, drive, v, i, z)
         : advance<T, How, Synapse, Uniform, false>(p, first, n, drive, v, i, z);
}

template <class T, Integrate How>
void by_form(const Neurons<T>& p, int64_t first, int64_t n, const T* drive, T* v, T* i, T* z) {
  if (p.synapse)
    p.uniform ? by_rule<T, How, true, true>(p, first, n, drive, v, i, z)
              : by_rule<T, How, true, false>(p, first, n, drive, v, i, z);
  else
    p.uniform ? by_rule<T, How, false, true>(p, first, n, drive, v, i, z)
              : by_rule<T, How, false, false>(p, first, n, drive, v, i, z);
}

template <class T>
void by_integrator(const Neurons<T>& p, int64_t first, int64_t n, const T* drive, T* v, T* i,
                   T* z) {
  switch (p.integrate) {
    case Integrate::line: return by_form<T, Integrate::line>(p, first, n, drive, v, i, z);
    case Integrate::euler: return by_form<T, Integrate::euler>(p, first, n, drive, v, i, z);
    case Integrate::zoh: return by_form<T, Integrate::zoh>(p, first, n, drive, v, i, z);
    default: return by_form<T, Integrate::decay>(p, first, n, drive, v, i, z);
  }
}

// Lists the entries of z that are not 0; false in `ones` when any is not 1.
template <class T>
int64_t list(const T* z, int64_t first, int64_t n, int32_t* index, T* value, bool& ones) {
  int64_t found = 0;
  constexpr int64_t kBlock = 16;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = begin + kBlock < n ? begin + kBlock : n;
    bool any = false;
    for (int64_t j = begin; j < end; ++j) any |= z[j] != 0;
    if (!any) continue;
    for (int64_t j = begin; j < end; ++j) {
      index[found] = static_cast<int32_t>(first + j);
      value[found] = z[j];
      ones &= z[j] == 0 || z[j] == 1;
      found += z[j] != 0;
    }
  }
  return found;
}

#if defined(__AVX512F__)
int64_t list(const float* z, int64_t first, int64_t n, int32_t* index, float* value, bool& ones) {
  const __m512 zero = _mm512_setzero_ps(), one = _mm512_set1_ps(1.0f);
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  int64_t found = 0, j = 0;
  for (; j + 16 <= n; j += 16) {
    const __m512 v = _mm512_loadu_ps(z + j);
    const __mmask16 entries = _mm512_cmp_ps_mask(v, zero, _CMP_NEQ_UQ);
    if (entries == 0) continue;
    const __m512i at = _mm512_add_epi32(lane, _mm512_set1_epi32(static_cast<int>(first + j)));
    _mm512_storeu_si512(index + found, _mm512_maskz_compress_epi32(entries, at));
    _mm512_storeu_ps(value + found, _mm512_maskz_compress_ps(entries, v));
    ones &= _mm512_mask_cmp_ps_mask(entries, v, one, _CMP_NEQ_UQ) == 0;
    found += __builtin_popcount(entries);
  }
  return found + list<float>(z + j, first + j, n - j, index + found, value + found, ones);
}
#endif

constexpr int64_t kNeurons = 1024;  // outputs that stay in the first-level cache until listed

template <class T>
int64_t step(const Neurons<T>& p, const T* drive, T* v, T* i, int32_t* index, T* value,
             bool* ones) noexcept {
  T z[kNeurons];
  int64_t found = 0;
  bool all_ones = true;
  for (int64_t first = 0; first < p.n; first += kNeurons) {
    const int64_t n = p.n - first < kNeurons ? p.n - first : kNeurons;
    by_integrator(p, first, n, drive + first, v + first, i == nullptr ? i : i + first, z);
    if (p.spiking) found += list(z, first, n, index + found, value + found, all_ones);
  }
  *ones = all_ones;
  return found;
}

}  // namespace

const InferKernels infer_kernels{{&scatter<float>, &step<float>},
                                 {&scatter<double>, &step<double>}};

}  // namespace nk::NK_ISA
