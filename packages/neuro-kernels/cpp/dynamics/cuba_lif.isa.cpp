// Current-based leaky integrate-and-fire neuron with a weighted input, as NIR's CubaLIF.
//
//   i  = (i - decay i) + weight x
//   v' = v + leak ((v_leak - v) + gain i)
//   s  = v' > v_th;  v = s ? v_reset : v'        (or v' - (v_th - v_reset))
#include "multistep.hpp"
#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct CubaLif {
  enum { kLeak, kDecay, kGain, kVLeak, kWeight, kVTh, kVReset, kCoefficients };
  static constexpr int states = 2, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 1, tape_learn = 5;  // v', i, v, old i, x

  static T rest(int state, const T* c) { return state == 0 ? c[kVLeak] : T(0); }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T i = (s[1] - c[kDecay] * s[1]) + c[kWeight] * x;
    const T v = s[0] + c[kLeak] * ((c[kVLeak] - s[0]) + c[kGain] * i);
    const bool spike = v > c[kVTh];
    tape[0] = v;
    tape[1] = i;
    tape[2] = s[0];
    tape[3] = s[1];
    tape[4] = x;
    s[0] = reset<Subtract>(spike, v, c[kVTh], c[kVReset]);
    s[1] = i;
    return spike ? T(1) : T(0);
  }

  static T distance(int, const T* tape, const T* c) { return tape[0] - c[kVTh]; }

  template <bool Subtract, bool Learn>
  static T backward(T grad_out, const T* derivative, T through, const T* tape, T* g, const T* c,
                    T* gc) {
    const T v = tape[0];
    const auto r = reset_backward<Subtract>(v > c[kVTh], v, g[0], grad_out, derivative[0], through,
                                            c[kVTh], c[kVReset]);
    const T grad_i = c[kLeak] * c[kGain] * r.v + g[1];
    if constexpr (Learn) {
      gc[kLeak] = r.v * ((c[kVLeak] - tape[2]) + c[kGain] * tape[1]);
      gc[kDecay] = -grad_i * tape[3];
      gc[kGain] = r.v * c[kLeak] * tape[1];
      gc[kVLeak] = r.v * c[kLeak];
      gc[kWeight] = grad_i * tape[4];
      gc[kVTh] = r.v_th;
      gc[kVReset] = r.v_reset;
    }
    g[1] = grad_i - c[kDecay] * grad_i;
    g[0] = r.v - c[kLeak] * r.v;
    return c[kWeight] * grad_i;
  }
};

constexpr const char* kStateNames[] = {"v", "i"};
constexpr const char* kDistances[] = {"v", "v_th"};
constexpr const char* kTapeNames[] = {"v"};
constexpr const char* kCoefficientNames[] = {"leak",   "decay", "gain",   "v_leak",
                                             "weight", "v_th",  "v_reset"};

}  // namespace

const NeuronKernels cuba_lif_kernels =
    neuron_kernels<CubaLif>("cuba_lif", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
