// Threshold and reset, the same for every spiking model. For *.isa.cpp files only.
#pragma once

namespace nk::NK_ISA {
namespace {

template <bool Subtract, class T>
inline T reset(bool spike, T v, T v_th, T v_reset) {
  return spike ? (Subtract ? v - (v_th - v_reset) : v_reset) : v;
}

// Gradients at the threshold: of the voltage before it, and of the two voltages that define it.
template <class T>
struct ResetGradient {
  T v, v_th, v_reset;
};

// v is the voltage before the reset, grad_v the gradient of the voltage after it, grad_out that of
// the spike, `others` that of the spike through what else it does to its own neuron, and `through`
// is 0 when those effects are detached, else 1.
template <bool Subtract, class T>
inline ResetGradient<T> reset_backward(bool spike, T v, T grad_v, T grad_out, T derivative,
                                       T through, T v_th, T v_reset, T others = T(0)) {
  const T jump = Subtract ? v_reset - v_th : v_reset - v;
  const T grad_u = (grad_out + through * (grad_v * jump + others)) * derivative;
  const T kept = Subtract || !spike ? grad_v : T(0);
  const T reset = spike ? grad_v : T(0);
  return {kept + grad_u, Subtract ? -grad_u - reset : -grad_u, reset};
}

}  // namespace
}  // namespace nk::NK_ISA
