// Exponential integrate-and-fire models, with and without adaptation. For *.isa.cpp files only.
#pragma once

#include "exponential.hpp"
#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <class T>
struct LifEx {
  enum { kLeak, kDecay, kGain, kVLeak, kVTh, kVReset, kDeltaT, kCoefficients };
  static constexpr int states = 2, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 2, tape_learn = 4;  // v', exp((v - v_th) / delta_t), v, j

  static T rest(int state, const T* c) { return state == 0 ? c[kVLeak] : T(0); }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T j = s[1] + x;
    const T e = exponential((s[0] - c[kVTh]) / c[kDeltaT]);
    const T v = s[0] + c[kLeak] * (((c[kVLeak] - s[0]) + c[kDeltaT] * e) + c[kGain] * j);
    const bool spike = v > c[kVTh];
    tape[0] = v;
    tape[1] = e;
    tape[2] = s[0];
    tape[3] = j;
    s[0] = reset<Subtract>(spike, v, c[kVTh], c[kVReset]);
    s[1] = j - c[kDecay] * j;
    return spike ? T(1) : T(0);
  }

  static T distance(int, const T* tape, const T* c) { return tape[0] - c[kVTh]; }

  template <bool Subtract, bool Learn>
  static T backward(T grad_out, const T* derivative, T through, const T* tape, T* g, const T* c,
                    T* gc) {
    const T v = tape[0], e = tape[1];
    const auto r = reset_backward<Subtract>(v > c[kVTh], v, g[0], grad_out, derivative[0], through,
                                            c[kVTh], c[kVReset]);
    const T driven = c[kLeak] * r.v;
    if constexpr (Learn) {
      const T before = tape[2], j = tape[3];
      gc[kLeak] = r.v * (((c[kVLeak] - before) + c[kDeltaT] * e) + c[kGain] * j);
      gc[kDecay] = -g[1] * j;
      gc[kGain] = driven * j;
      gc[kVLeak] = driven;
      gc[kVTh] = r.v_th - driven * e;
      gc[kVReset] = r.v_reset;
      gc[kDeltaT] = driven * (e - e * ((before - c[kVTh]) / c[kDeltaT]));
    }
    g[1] = driven * c[kGain] + (g[1] - c[kDecay] * g[1]);
    g[0] = (r.v - driven) + driven * e;
    return g[1];
  }
};

template <class T>
struct LifAdEx {
  enum {
    kLeak,
    kDecay,
    kGain,
    kVLeak,
    kVTh,
    kVReset,
    kDeltaT,
    kAda,
    kAdaptationCurrent,
    kAdaptationSpike,
    kCoefficients
  };
  static constexpr int states = 3, coefficients = kCoefficients;
  static constexpr int surrogates = 1;
  static constexpr int tape_input = 2, tape_learn = 5;  // v', exp((v - v_th) / delta_t), v, j, a

  static T rest(int state, const T* c) { return state == 0 ? c[kVLeak] : T(0); }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    const T j = s[1] + x, a = s[2];
    const T e = exponential((s[0] - c[kVTh]) / c[kDeltaT]);
    const T v = s[0] + c[kLeak] * ((((c[kVLeak] - s[0]) + c[kDeltaT] * e) + c[kGain] * j) - a);
    const bool spike = v > c[kVTh];
    tape[0] = v;
    tape[1] = e;
    tape[2] = s[0];
    tape[3] = j;
    tape[4] = a;
    const T drift = a + c[kAda] * (c[kAdaptationCurrent] * (s[0] - c[kVLeak]) - a);
    s[0] = reset<Subtract>(spike, v, c[kVTh], c[kVReset]);
    s[1] = j - c[kDecay] * j;
    s[2] = spike ? drift + c[kAdaptationSpike] : drift;
    return spike ? T(1) : T(0);
  }

  static T distance(int, const T* tape, const T* c) { return tape[0] - c[kVTh]; }

  template <bool Subtract, bool Learn>
  static T backward(T grad_out, const T* derivative, T through, const T* tape, T* g, const T* c,
                    T* gc) {
    const T v = tape[0], e = tape[1];
    const bool spike = v > c[kVTh];
    const auto r = reset_backward<Subtract>(spike, v, g[0], grad_out, derivative[0], through,
                                            c[kVTh], c[kVReset], g[2] * c[kAdaptationSpike]);
    const T driven = c[kLeak] * r.v, drift = c[kAda] * g[2];
    if constexpr (Learn) {
      const T before = tape[2], j = tape[3], a = tape[4];
      gc[kLeak] = r.v * ((((c[kVLeak] - before) + c[kDeltaT] * e) + c[kGain] * j) - a);
      gc[kDecay] = -g[1] * j;
      gc[kGain] = driven * j;
      gc[kVLeak] = driven - drift * c[kAdaptationCurrent];
      gc[kVTh] = r.v_th - driven * e;
      gc[kVReset] = r.v_reset;
      gc[kDeltaT] = driven * (e - e * ((before - c[kVTh]) / c[kDeltaT]));
      gc[kAda] = g[2] * (c[kAdaptationCurrent] * (before - c[kVLeak]) - a);
      gc[kAdaptationCurrent] = drift * (before - c[kVLeak]);
      gc[kAdaptationSpike] = spike ? g[2] : T(0);
    }
    g[1] = driven * c[kGain] + (g[1] - c[kDecay] * g[1]);
    g[0] = ((r.v - driven) + driven * e) + drift * c[kAdaptationCurrent];
    g[2] = (g[2] - drift) - driven;
    return g[1];
  }
};

constexpr const char* kExponentialTape[] = {"v", "e"};
constexpr const char* kExponentialDistances[] = {"v", "v_th"};

}  // namespace
}  // namespace nk::NK_ISA
