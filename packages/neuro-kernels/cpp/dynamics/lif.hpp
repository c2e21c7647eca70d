// The leaky integrate-and-fire model, which others extend. For *.isa.cpp files only.
#pragma once

#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct Lif {
  enum { kLeak, kDecay, kGain, kVLeak, kVTh, kVReset, kCoefficients };
  static constexpr int states = 2, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 1, tape_learn = 3;  // v', j, v

  static T rest(int state, const T* c) { return state == 0 ? c[kVLeak] : T(0); }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T j = s[1] + x;
    const T v = s[0] + c[kLeak] * ((c[kVLeak] - s[0]) + c[kGain] * j);
    const bool spike = v > c[kVTh];
    tape[0] = v;
    tape[1] = j;
    tape[2] = s[0];
    s[0] = reset<Subtract>(spike, v, c[kVTh], c[kVReset]);
    s[1] = j - c[kDecay] * j;
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
      const T j = tape[1];
      gc[kLeak] = r.v * ((c[kVLeak] - tape[2]) + c[kGain] * j);
      gc[kDecay] = -g[1] * j;
      gc[kGain] = r.v * c[kLeak] * j;
      gc[kVLeak] = r.v * c[kLeak];
      gc[kVTh] = r.v_th;
      gc[kVReset] = r.v_reset;
    }
    g[1] = c[kLeak] * c[kGain] * r.v + (g[1] - c[kDecay] * g[1]);
    g[0] = r.v - c[kLeak] * r.v;
    return g[1];
  }
};

}  // namespace
}  // namespace nk::NK_ISA
