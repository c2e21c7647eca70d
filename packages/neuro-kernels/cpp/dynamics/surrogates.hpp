// Surrogate derivatives over a row of distances from the threshold. For *.isa.cpp files only.
#pragma once

#include "multistep_macros.hpp"
#include "neuro_kernels/dynamics/neuron.hpp"

namespace nk::NK_ISA {
namespace {

// SuperSpike: Zenke & Ganguli 2018, 1 / (alpha |u| + 1)^2.
template <class T>
inline T super_spike(T u, T alpha) {
  const T d = alpha * (u < 0 ? -u : u) + 1;
  return 1 / (d * d);
}

// Bellec et al. 2018: alpha max(0, 1 - |u|).
template <class T>
inline T triangle(T u, T alpha) {
  const T d = 1 - (u < 0 ? -u : u);
  return alpha * (d > 0 ? d : T(0));
}

// Fang et al. 2021: the derivative of arctan(pi/2 alpha u) / pi + 1/2.
template <class T>
inline T arctan(T u, T alpha) {
  const T s = T(1.57079632679489661923) * alpha * u;
  return alpha / (2 * (1 + s * s));
}

// A box of height alpha / 2 and unit area around the threshold.
template <class T>
inline T boxcar(T u, T alpha) {
  return (u < 0 ? -u : u) * alpha <= 1 ? alpha / 2 : T(0);
}

template <Surrogate Kind, class T>
inline T surrogate(T u, T alpha) {
  static_assert(Kind != Surrogate::given);
  if constexpr (Kind == Surrogate::super_spike) return super_spike(u, alpha);
  if constexpr (Kind == Surrogate::triangle) return triangle(u, alpha);
  if constexpr (Kind == Surrogate::arctan) return arctan(u, alpha);
  if constexpr (Kind == Surrogate::boxcar) return boxcar(u, alpha);
}

template <Surrogate Kind, class T>
void replace(T alpha, T* u, int64_t n) {
  NK_IVDEP for (int64_t j = 0; j < n; ++j) u[j] = surrogate<Kind>(u[j], alpha);
}

// Replaces each distance in `u` by the surrogate's derivative there.
template <class T>
void surrogate_row(Surrogate kind, T alpha, T* u, int64_t n) {
  switch (kind) {
    case Surrogate::super_spike: return replace<Surrogate::super_spike>(alpha, u, n);
    case Surrogate::triangle: return replace<Surrogate::triangle>(alpha, u, n);
    case Surrogate::arctan: return replace<Surrogate::arctan>(alpha, u, n);
    case Surrogate::boxcar: return replace<Surrogate::boxcar>(alpha, u, n);
    case Surrogate::given: break;
  }
}

}  // namespace
}  // namespace nk::NK_ISA
