// exp() as a fixed sequence of additions and multiplications, so that it becomes vector code and
// has the same bits everywhere; within 2 units in the last place. Below the range of normal numbers
// it is 0, above the largest number infinite. For *.isa.cpp files only.
//
// Range reduction by ln 2 in two parts and a polynomial (float) or a rational function (double)
// with the coefficients of the Cephes library (S. L. Moshier, 1984-1992, expf.c and exp.c).
#pragma once

#include <cstdint>

namespace nk::NK_ISA {
namespace {

inline float exponential(float x) {
  const float shift = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float clamped = x > 100.0f ? 100.0f : (x < -100.0f ? -100.0f : x);
  const float shifted = clamped * 1.44269504088896341f + shift;
  const float n = shifted - shift;
  const float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float e = (p * (r * r) + r) + 1.0f;
  // 2^n in two factors, because 2^128 is no number.
  const int32_t power = __builtin_bit_cast(int32_t, shifted) - __builtin_bit_cast(int32_t, shift);
  const int32_t half = power / 2;
  const float scale = __builtin_bit_cast(float, (half + 127) << 23);
  const float rest = __builtin_bit_cast(float, (power - half + 127) << 23);
  const float result = e * scale * rest;
  return x > 88.72283f ? __builtin_inff() : (x < -87.33654f ? 0.0f : (x != x ? x : result));
}

inline double exponential(double x) {
  const double shift = 6755399441055744.0;  // 1.5 * 2^52
  const double clamped = x > 800.0 ? 800.0 : (x < -800.0 ? -800.0 : x);
  const double shifted = clamped * 1.4426950408889634073599 + shift;
  const double n = shifted - shift;
  const double r = (clamped - n * 6.93145751953125e-1) - n * 1.42860682030941723212e-6;
  const double s = r * r;
  double p = 1.26177193074810590878e-4;
  p = p * s + 3.02994407707441961300e-2;
  p = p * s + 9.99999999999999999910e-1;
  p = p * r;
  double q = 3.00198505138664455042e-6;
  q = q * s + 2.52448340349684104192e-3;
  q = q * s + 2.27265548208155028766e-1;
  q = q * s + 2.00000000000000000005e0;
  const double e = 1.0 + 2.0 * (p / (q - p));
  const int64_t power = __builtin_bit_cast(int64_t, shifted) - __builtin_bit_cast(int64_t, shift);
  const int64_t half = power / 2;
  const double scale = __builtin_bit_cast(double, (half + 1023) << 52);
  const double rest = __builtin_bit_cast(double, (power - half + 1023) << 52);
  const double result = e * scale * rest;
  return x > 709.782712893384 ? __builtin_inf()
                              : (x < -708.396418532264 ? 0.0 : (x != x ? x : result));
}

}  // namespace
}  // namespace nk::NK_ISA
