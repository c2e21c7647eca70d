// Integrate-and-fire neuron without leak.
//
//   v' = v + gain x
//   s  = v' > v_th;  v = s ? v_reset : v'        (or v' - (v_th - v_reset))
#include "multistep.hpp"
#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct Iaf {
  enum { kGain, kVTh, kVReset, kCoefficients };
  static constexpr int states = 1, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 1, tape_learn = 2;  // v', x

  static T rest(int, const T*) { return T(0); }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T v = s[0] + c[kGain] * x;
    const bool spike = v > c[kVTh];
    tape[0] = v;
    tape[1] = x;
    s[0] = reset<Subtract>(spike, v, c[kVTh], c[kVReset]);
    return spike ? T(1) : T(0);
  }

  static T distance(int, const T* tape, const T* c) { return tape[0] - c[kVTh]; }

  template <bool Subtract, bool Learn>
  static T backward(T grad_out, const T* derivative, T through, const T* tape, T* g, const T* c,
                    T* gc) {
    const T v = tape[0];
    const auto r = reset_backward<Subtract>(v > c[kVTh], v, g[0], grad_out, derivative[0], through,
                                            c[kVTh], c[kVReset]);
    if constexpr (Learn) {
      gc[kGain] = r.v * tape[1];
      gc[kVTh] = r.v_th;
      gc[kVReset] = r.v_reset;
    }
    g[0] = r.v;
    return c[kGain] * r.v;
  }
};

constexpr const char* kStateNames[] = {"v"};
constexpr const char* kDistances[] = {"v", "v_th"};
constexpr const char* kTapeNames[] = {"v"};
constexpr const char* kCoefficientNames[] = {"gain", "v_th", "v_reset"};

}  // namespace

const NeuronKernels iaf_kernels =
    neuron_kernels<Iaf>("iaf", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
