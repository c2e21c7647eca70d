// A refractory time after each spike, for any model whose first state is a voltage v with the reset
// of spike.hpp at v_th. For *.isa.cpp files only.
//
// The base model makes its step, from v to v_b with the spike s_b; then
//
//   h   = rho > 0
//   v   = h ? v : v_b
//   s   = h ? 0 : s_b
//   rho = s ? rho_reset : max(rho - h, 0)
//
// The surrogate stands for the derivative of both thresholds.
#pragma once

#include "spike.hpp"

namespace nk::NK_ISA {
namespace {

template <template <class> class Base, class T>
struct Refractory {
  using B = Base<T>;
  enum { kRhoReset = B::coefficients };
  static constexpr int states = B::states + 1, coefficients = B::coefficients + 1;
  static constexpr int surrogates = 2;
  // What the base needs for its input's gradient, v, rho, and the rest of what the base keeps.
  static constexpr int tape_input = B::tape_input + 2, tape_learn = B::tape_learn + 2;
  static constexpr int kV = B::tape_input, kRho = B::tape_input + 1;

  static T rest(int state, const T* c) { return state < B::states ? B::rest(state, c) : T(0); }

  template <bool Subtract>
  static T forward(T x, T* s, const T* c, T* tape) {
    T own[B::tape_learn];
    const T v = s[0], rho = s[B::states];
    const T fired = B::template forward<Subtract>(x, s, c, own);
    for (int k = 0; k < B::tape_input; ++k) tape[k] = own[k];
    tape[kV] = v;
    tape[kRho] = rho;
    for (int k = B::tape_input; k < B::tape_learn; ++k) tape[k + 2] = own[k];
    const bool held = rho > 0;
    const T out = held ? T(0) : fired;
    s[0] = held ? v : s[0];
    s[B::states] = out > 0 ? c[kRhoReset] : left(rho);
    return out;
  }

  static T distance(int which, const T* tape, const T* c) {
    return which == 0 ? B::distance(0, tape, c) : tape[kRho];
  }

  template <bool Subtract, bool Learn>
  static T backward(T grad_out, const T* derivative, T through, const T* tape, T* g, const T* c,
                    T* gc) {
    T own[B::tape_learn];
    for (int k = 0; k < B::tape_input; ++k) own[k] = tape[k];
    if constexpr (Learn)
      for (int k = B::tape_input; k < B::tape_learn; ++k) own[k] = tape[k + 2];
    const T v = tape[kV], rho = tape[kRho], v_drive = tape[0];
    const bool held = rho > 0, spike = v_drive > c[B::kVTh];
    const T v_b = reset<Subtract>(spike, v_drive, c[B::kVTh], c[B::kVReset]);
    const T fired = spike ? T(1) : T(0), out = held ? T(0) : fired;
    const T remaining = left(rho);
    const T grad_rho = g[B::states], grad_v = g[0];
    const T grad_z = grad_out + grad_rho * (c[kRhoReset] - remaining);
    const T grad_left = remaining > 0 ? grad_rho * (1 - out) : T(0);
    const T grad_held = (grad_v * (v - v_b) - grad_z * fired) - grad_left;
    g[0] = held ? T(0) : grad_v;
    const T grad_x = B::template backward<Subtract, Learn>(held ? T(0) : grad_z, derivative,
                                                           through, own, g, c, gc);
    g[0] += held ? grad_v : T(0);
    g[B::states] = grad_left + grad_held * derivative[1];
    if constexpr (Learn) gc[kRhoReset] = grad_rho * out;
    return grad_x;
  }

 private:
  static T left(T rho) {
    const T after = rho > 0 ? rho - 1 : rho;
    return after > 0 ? after : T(0);
  }
};

}  // namespace
}  // namespace nk::NK_ISA
