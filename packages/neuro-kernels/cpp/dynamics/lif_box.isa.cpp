// Leaky integrate-and-fire neuron driven by its input directly.
//
//   v' = v + leak ((v_leak - v) + gain x)
//   s  = v' > v_th;  v = s ? v_reset : v'        (or v' - (v_th - v_reset))
#include "multistep.hpp"
#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct LifBox {
  enum { kLeak, kGain, kVLeak, kVTh, kVReset, kCoefficients };
  static constexpr int states = 1, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 1, tape_learn = 3;  // v', x, v

  static T rest(int, const T* c) { return c[kVLeak]; }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T v = s[0] + c[kLeak] * ((c[kVLeak] - s[0]) + c[kGain] * x);
    const bool spike = v > c[kVTh];
    tape[0] = v;
    tape[1] = x;
    tape[2] = s[0];
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
      gc[kLeak] = r.v * ((c[kVLeak] - tape[2]) + c[kGain] * tape[1]);
      gc[kGain] = r.v * c[kLeak] * tape[1];
      gc[kVLeak] = r.v * c[kLeak];
      gc[kVTh] = r.v_th;
      gc[kVReset] = r.v_reset;
    }
    g[0] = r.v - c[kLeak] * r.v;
    return c[kLeak] * c[kGain] * r.v;
  }
};

constexpr const char* kStateNames[] = {"v"};
constexpr const char* kDistances[] = {"v", "v_th"};
constexpr const char* kTapeNames[] = {"v"};
constexpr const char* kCoefficientNames[] = {"leak", "gain", "v_leak", "v_th", "v_reset"};

}  // namespace

const NeuronKernels lif_box_kernels =
    neuron_kernels<LifBox>("lif_box", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
