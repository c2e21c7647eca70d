// Leaky integrate-and-fire neuron with an adaptation current b.
//
//   v' = v + leak ((v_leak - v) + gain i - b)
//   b' = b - adapt b
//   s  = v' > v_th;  v = s ? v_reset : v'        (or v' - (v_th - v_reset))
//   i  = (i - decay i) + x
//   b  = b' + beta s
#include "multistep.hpp"
#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct AdaLif {
  enum { kLeak, kDecay, kGain, kVLeak, kVTh, kVReset, kAdapt, kBeta, kCoefficients };
  static constexpr int states = 3, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 1, tape_learn = 4;  // v', v, i, b

  static T rest(int state, const T* c) { return state == 0 ? c[kVLeak] : T(0); }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T v = s[0] + c[kLeak] * (((c[kVLeak] - s[0]) + c[kGain] * s[1]) - s[2]);
    const T b = s[2] - c[kAdapt] * s[2];
    const bool spike = v > c[kVTh];
    tape[0] = v;
    tape[1] = s[0];
    tape[2] = s[1];
    tape[3] = s[2];
    s[0] = reset<Subtract>(spike, v, c[kVTh], c[kVReset]);
    s[1] = (s[1] - c[kDecay] * s[1]) + x;
    s[2] = spike ? b + c[kBeta] : b;
    return spike ? T(1) : T(0);
  }

  static T distance(int, const T* tape, const T* c) { return tape[0] - c[kVTh]; }

  template <bool Subtract, bool Learn>
  static T backward(T grad_out, const T* derivative, T through, const T* tape, T* g, const T* c,
                    T* gc) {
    const T v = tape[0], grad_x = g[1];
    const bool spike = v > c[kVTh];
    const auto r = reset_backward<Subtract>(spike, v, g[0], grad_out, derivative[0], through,
                                            c[kVTh], c[kVReset], g[2] * c[kBeta]);
    const T driven = c[kLeak] * r.v;
    if constexpr (Learn) {
      gc[kLeak] = r.v * (((c[kVLeak] - tape[1]) + c[kGain] * tape[2]) - tape[3]);
      gc[kDecay] = -g[1] * tape[2];
      gc[kGain] = driven * tape[2];
      gc[kVLeak] = driven;
      gc[kVTh] = r.v_th;
      gc[kVReset] = r.v_reset;
      gc[kAdapt] = -g[2] * tape[3];
      gc[kBeta] = spike ? g[2] : T(0);
    }
    g[0] = r.v - driven;
    g[1] = (g[1] - c[kDecay] * g[1]) + driven * c[kGain];
    g[2] = (g[2] - c[kAdapt] * g[2]) - driven;
    return grad_x;
  }
};

constexpr const char* kStateNames[] = {"v", "i", "b"};
constexpr const char* kTapeNames[] = {"v"};
constexpr const char* kDistances[] = {"v", "v_th"};
constexpr const char* kCoefficientNames[] = {"leak", "decay",   "gain",  "v_leak",
                                             "v_th", "v_reset", "adapt", "beta"};

}  // namespace

const NeuronKernels ada_lif_kernels =
    neuron_kernels<AdaLif>("ada_lif", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
