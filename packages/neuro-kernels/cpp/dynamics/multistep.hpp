// The time loop common to all neuron models. For *.isa.cpp files only.
//
// A chunk of columns keeps its state in the first-level cache and walks through all steps, so
// memory is read and written once, in runs of a chunk. A model is a struct of static functions on
// single values; the compiler turns the loop over the chunk's columns into vector code.
//
//   template <class T> struct Model {
//     static constexpr int states, coefficients;   // numbers of each
//     static constexpr int surrogates;  // thresholds, each with a derivative; 0: not spiking
//     static constexpr int tape_input;  // leading tape values that the input's gradient needs
//     static constexpr int tape_learn;  // tape values that the coefficients' gradients need
//     static T rest(int state, const T* c);
//     template <bool Subtract> static T forward(T x, T* s, const T* c, T* tape);  // returns output
//     static T distance(int which, const T* tape, const T* c);  // from that threshold
//     template <bool Subtract, bool Learn>
//     static T backward(T grad_out, const T* derivative, T through, const T* tape, T* grad_state,
//                       const T* c, T* grad_c);  // returns the input's gradient
//   };
#pragma once

#include "backward.hpp"
#include "forward.hpp"
#include "sweep.hpp"

namespace nk::NK_ISA {
namespace {

template <template <class> class Model>
constexpr NeuronKernels neuron_kernels(const char* name, const char* const* states,
                                       const char* const* coefficients, const char* const* tape,
                                       const char* const* distances) {
  using M = Model<float>;
  return {name,
          states,
          coefficients,
          tape,
          distances,
          M::states,
          M::coefficients,
          M::surrogates,
          M::tape_input,
          M::tape_learn,
          &forward_any<Model, float>,
          &forward_any<Model, double>,
          &backward_any<Model, float>,
          &backward_any<Model, double>,
          sweep_of<Model, float>(),
          sweep_of<Model, double>()};
}

}  // namespace
}  // namespace nk::NK_ISA
