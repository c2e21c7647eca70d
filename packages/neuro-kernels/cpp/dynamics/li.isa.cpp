// Leaky integrator with an exponential synaptic current; its output is the voltage.
//
//   j = i + x
//   v = v + leak ((v_leak - v) + gain j)
//   i = j - decay j
#include "multistep.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct Li {
  enum { kLeak, kDecay, kGain, kVLeak, kCoefficients };
  static constexpr int states = 2, coefficients = kCoefficients;
  static constexpr int surrogates = 0;
  static constexpr int tape_input = 0, tape_learn = 2;  // j, v

  static T rest(int state, const T* c) { return state == 0 ? c[kVLeak] : T(0); }

  template <bool>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T j = s[1] + x;
    tape[0] = j;
    tape[1] = s[0];
    s[0] = s[0] + c[kLeak] * ((c[kVLeak] - s[0]) + c[kGain] * j);
    s[1] = j - c[kDecay] * j;
    return s[0];
  }

  template <bool, bool Learn>
  static T backward(T grad_out, const T*, T, const T* tape, T* g, const T* c, T* gc) {
    const T grad_v = g[0] + grad_out;
    if constexpr (Learn) {
      const T j = tape[0];
      gc[kLeak] = grad_v * ((c[kVLeak] - tape[1]) + c[kGain] * j);
      gc[kDecay] = -g[1] * j;
      gc[kGain] = grad_v * c[kLeak] * j;
      gc[kVLeak] = grad_v * c[kLeak];
    }
    g[1] = c[kLeak] * c[kGain] * grad_v + (g[1] - c[kDecay] * g[1]);
    g[0] = grad_v - c[kLeak] * grad_v;
    return g[1];
  }
};

constexpr const char* kStateNames[] = {"v", "i"};
constexpr const char* kCoefficientNames[] = {"leak", "decay", "gain", "v_leak"};

}  // namespace

const NeuronKernels li_kernels =
    neuron_kernels<Li>("li", kStateNames, kCoefficientNames, nullptr, nullptr);

}  // namespace nk::NK_ISA
