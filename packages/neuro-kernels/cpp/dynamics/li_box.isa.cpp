// Leaky integrator driven by its input directly; its output is the voltage.
//
//   v = v + leak ((v_leak - v) + gain x)
#include "multistep.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct LiBox {
  enum { kLeak, kGain, kVLeak, kCoefficients };
  static constexpr int states = 1, coefficients = kCoefficients;
  static constexpr int surrogates = 0;
  static constexpr int tape_input = 0, tape_learn = 2;  // x, v

  static T rest(int, const T* c) { return c[kVLeak]; }

  template <bool>
  static T forward(T x, T* s, const T* c, T* tape) {
    tape[0] = x;
    tape[1] = s[0];
    s[0] = s[0] + c[kLeak] * ((c[kVLeak] - s[0]) + c[kGain] * x);
    return s[0];
  }

  template <bool, bool Learn>
  static T backward(T grad_out, const T*, T, const T* tape, T* g, const T* c, T* gc) {
    const T grad_v = g[0] + grad_out;
    if constexpr (Learn) {
      gc[kLeak] = grad_v * ((c[kVLeak] - tape[1]) + c[kGain] * tape[0]);
      gc[kGain] = grad_v * c[kLeak] * tape[0];
      gc[kVLeak] = grad_v * c[kLeak];
    }
    g[0] = grad_v - c[kLeak] * grad_v;
    return c[kLeak] * c[kGain] * grad_v;
  }
};

constexpr const char* kStateNames[] = {"v"};
constexpr const char* kCoefficientNames[] = {"leak", "gain", "v_leak"};

}  // namespace

const NeuronKernels li_box_kernels =
    neuron_kernels<LiBox>("li_box", kStateNames, kCoefficientNames, nullptr, nullptr);

}  // namespace nk::NK_ISA
