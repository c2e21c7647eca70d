// Leaky integrate-and-fire neuron with an adaptive threshold b (Bellec et al. 2018).
//
//   v' = v + leak ((v_leak - v) + gain i)
//   b' = b + adapt (v_th - b)
//   s  = v' > b';  v = s ? v_reset : v'        (or v' - (b' - v_reset))
//   i  = (i - decay i) + x
//   b  = b' + beta s
#include "multistep.hpp"
#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct Lsnn {
  enum { kLeak, kDecay, kGain, kVLeak, kVTh, kVReset, kAdapt, kBeta, kCoefficients };
  static constexpr int states = 3, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 2, tape_learn = 5;  // v', b', v, i, b

  static T rest(int state, const T* c) {
    return state == 0 ? c[kVLeak] : (state == 1 ? T(0) : c[kVTh]);
  }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T v = s[0] + c[kLeak] * ((c[kVLeak] - s[0]) + c[kGain] * s[1]);
    const T b = s[2] + c[kAdapt] * (c[kVTh] - s[2]);
    const bool spike = v > b;
    tape[0] = v;
    tape[1] = b;
    tape[2] = s[0];
    tape[3] = s[1];
    tape[4] = s[2];
    s[0] = reset<Subtract>(spike, v, b, c[kVReset]);
    s[1] = (s[1] - c[kDecay] * s[1]) + x;
    s[2] = spike ? b + c[kBeta] : b;
    return spike ? T(1) : T(0);
  }

  static T distance(int, const T* tape, const T*) { return tape[0] - tape[1]; }

  template <bool Subtract, bool Learn>
  static T backward(T grad_out, const T* derivative, T through, const T* tape, T* g, const T* c,
                    T* gc) {
    const T v = tape[0], b = tape[1], grad_x = g[1];
    const bool spike = v > b;
    const auto r = reset_backward<Subtract>(spike, v, g[0], grad_out, derivative[0], through, b,
                                            c[kVReset], g[2] * c[kBeta]);
    const T driven = c[kLeak] * r.v, grad_b = g[2] + r.v_th;
    if constexpr (Learn) {
      gc[kLeak] = r.v * ((c[kVLeak] - tape[2]) + c[kGain] * tape[3]);
      gc[kDecay] = -g[1] * tape[3];
      gc[kGain] = driven * tape[3];
      gc[kVLeak] = driven;
      gc[kVTh] = c[kAdapt] * grad_b;
      gc[kVReset] = r.v_reset;
      gc[kAdapt] = grad_b * (c[kVTh] - tape[4]);
      gc[kBeta] = spike ? g[2] : T(0);
    }
    g[0] = r.v - driven;
    g[1] = (g[1] - c[kDecay] * g[1]) + driven * c[kGain];
    g[2] = grad_b - c[kAdapt] * grad_b;
    return grad_x;
  }
};

constexpr const char* kStateNames[] = {"v", "i", "b"};
constexpr const char* kTapeNames[] = {"v", "b"};
constexpr const char* kDistances[] = {"v", "b"};
constexpr const char* kCoefficientNames[] = {"leak", "decay",   "gain",  "v_leak",
                                             "v_th", "v_reset", "adapt", "beta"};

}  // namespace

const NeuronKernels lsnn_kernels =
    neuron_kernels<Lsnn>("lsnn", kStateNames, kCoefficientNames, kTapeNames, kDistances);

}  // namespace nk::NK_ISA
