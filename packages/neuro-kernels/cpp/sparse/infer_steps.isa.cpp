// The inner loops of event-driven inference.
#include "neuro_kernels/sparse/infer.hpp"

namespace nk::NK_ISA {
namespace {

// to += scale * w over full vectors; a fixed inner count becomes one vector operation.
template <class T>
inline void add_row(T* __restrict to, const T* __restrict w, int64_t outputs, T scale) {
  constexpr int64_t kLanes = kInferVectorBytes / static_cast<int64_t>(sizeof(T));
  for (int64_t o = 0; o < outputs; o += kLanes)
    for (int64_t l = 0; l < kLanes; ++l) to[o + l] += scale * w[o + l];
}

template <class T>
void scatter(const Scatter<T>& s, const int32_t* index, const T* value, int64_t count,
             T* drive) noexcept {
  const int64_t taps = s.kernel[0] * s.kernel[1], outputs = s.outputs;
  for (int64_t e = 0; e < count; ++e) {
    const T scale = value == nullptr ? T(1) : value[e];
    if (s.width == 0) {
      add_row(drive, s.weight + index[e] * outputs, outputs, scale);
      continue;
    }
    const int64_t pixel = index[e] / s.channels, channel = index[e] - pixel * s.channels;
    const int64_t y = pixel / s.width, x = pixel - y * s.width;
    const T* weights = s.weight + channel * taps * outputs;
    for (int64_t ky = 0; ky < s.kernel[0]; ++ky) {
      const int64_t from_y = y + s.padding[0] - ky * s.dilation[0];
      if (from_y < 0) break;
      const int64_t oy = s.stride[0] == 1 ? from_y : from_y / s.stride[0];
      if (oy * s.stride[0] != from_y || oy >= s.out_height) continue;
      for (int64_t kx = 0; kx < s.kernel[1]; ++kx) {
        const int64_t from_x = x + s.padding[1] - kx * s.dilation[1];
        if (from_x < 0) break;
        const int64_t ox = s.stride[1] == 1 ? from_x : from_x / s.stride[1];
        if (ox * s.stride[1] != from_x || ox >= s.out_width) continue;
        add_row(drive + (oy * s.out_width + ox) * outputs,
                weights + (ky * s.kernel[1] + kx) * outputs, outputs, scale);
      }
    }
  }
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
void advance(const Neurons<T>& p, const T* __restrict drive, T* __restrict v, T* __restrict i,
             T* __restrict z) {
  using C = Coefficient<T, Uniform>;
  const C k(p.k), e(p.e), one_minus_e(p.one_minus_e), leak(p.leak), r(p.r), k_syn(p.k_syn);
  const C e_syn(p.e_syn), g_syn(p.g_syn), threshold(p.threshold), v_reset(p.v_reset);
  const int64_t n = p.n;
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
void by_rule(const Neurons<T>& p, const T* drive, T* v, T* i, T* z) {
  const bool common =
      p.spiking && p.reset == Reset::value && !p.before && !p.at_threshold && !p.multi && !p.floor;
  common ? advance<T, How, Synapse, Uniform, true>(p, drive, v, i, z)
         : advance<T, How, Synapse, Uniform, false>(p, drive, v, i, z);
}

template <class T, Integrate How>
void by_form(const Neurons<T>& p, const T* drive, T* v, T* i, T* z) {
  if (p.synapse)
    p.uniform ? by_rule<T, How, true, true>(p, drive, v, i, z)
              : by_rule<T, How, true, false>(p, drive, v, i, z);
  else
    p.uniform ? by_rule<T, How, false, true>(p, drive, v, i, z)
              : by_rule<T, How, false, false>(p, drive, v, i, z);
}

template <class T>
void step(const Neurons<T>& p, const T* drive, T* v, T* i, T* z) noexcept {
  switch (p.integrate) {
    case Integrate::line: return by_form<T, Integrate::line>(p, drive, v, i, z);
    case Integrate::euler: return by_form<T, Integrate::euler>(p, drive, v, i, z);
    case Integrate::zoh: return by_form<T, Integrate::zoh>(p, drive, v, i, z);
    default: return by_form<T, Integrate::decay>(p, drive, v, i, z);
  }
}

template <class T>
int64_t list(const T* z, int64_t n, int32_t* index, T* value) noexcept {
  int64_t found = 0;
  bool ones = true;
  constexpr int64_t kBlock = 16;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = begin + kBlock < n ? begin + kBlock : n;
    bool any = false;
    for (int64_t j = begin; j < end; ++j) any |= z[j] != 0;
    if (!any) continue;
    for (int64_t j = begin; j < end; ++j) {
      index[found] = static_cast<int32_t>(j);
      if (value != nullptr) value[found] = z[j];
      ones &= z[j] == 0 || z[j] == 1;
      found += z[j] != 0;
    }
  }
  return ones ? found : -1 - found;
}

}  // namespace

const InferKernels infer_kernels{{&scatter<float>, &step<float>, &list<float>},
                                 {&scatter<double>, &step<double>, &list<double>}};

}  // namespace nk::NK_ISA
