// Current-based leaky integrator with a weighted input, as NIR's CubaLI; its output is the voltage.
//
//   i = (i - decay i) + weight x
//   v = v + leak ((v_leak - v) + gain i)
#include "multistep.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct CubaLi {
  enum { kLeak, kDecay, kGain, kVLeak, kWeight, kCoefficients };
  static constexpr int states = 2, coefficients = kCoefficients;
  static constexpr int surrogates = 0;
  static constexpr int tape_input = 0, tape_learn = 4;  // i, v, old i, x

  static T rest(int state, const T* c) { return state == 0 ? c[kVLeak] : T(0); }

  template <bool>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T i = (s[1] - c[kDecay] * s[1]) + c[kWeight] * x;
    tape[0] = i;
    tape[1] = s[0];
    tape[2] = s[1];
    tape[3] = x;
    s[0] = s[0] + c[kLeak] * ((c[kVLeak] - s[0]) + c[kGain] * i);
    s[1] = i;
    return s[0];
  }

  template <bool, bool Learn>
  static T backward(T grad_out, const T*, T, const T* tape, T* g, const T* c, T* gc) {
    const T grad_v = g[0] + grad_out;
    const T grad_i = c[kLeak] * c[kGain] * grad_v + g[1];
    if constexpr (Learn) {
      gc[kLeak] = grad_v * ((c[kVLeak] - tape[1]) + c[kGain] * tape[0]);
      gc[kDecay] = -grad_i * tape[2];
      gc[kGain] = grad_v * c[kLeak] * tape[0];
      gc[kVLeak] = grad_v * c[kLeak];
      gc[kWeight] = grad_i * tape[3];
    }
    g[1] = grad_i - c[kDecay] * grad_i;
    g[0] = grad_v - c[kLeak] * grad_v;
    return c[kWeight] * grad_i;
  }
};

constexpr const char* kStateNames[] = {"v", "i"};
constexpr const char* kCoefficientNames[] = {"leak", "decay", "gain", "v_leak", "weight"};

}  // namespace

const NeuronKernels cuba_li_kernels =
    neuron_kernels<CubaLi>("cuba_li", kStateNames, kCoefficientNames, nullptr, nullptr);

}  // namespace nk::NK_ISA
