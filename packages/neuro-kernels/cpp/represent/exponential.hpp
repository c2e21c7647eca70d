// exp(-age / tau) for whole arrays. For .isa.cpp files only: everything has internal linkage.
#pragma once

#include <cstdint>
#include <cstring>

namespace nk {
namespace {

template <class To, class From>
inline To bits(From from) noexcept {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

// Adding this to a number below 2^51 rounds it to an integer, which then stands in the low bits.
constexpr double kRounder = 6755399441055744.0;  // 1.5 * 2^52
constexpr double kLog2E = 1.4426950408889634;
constexpr double kLn2 = 0.6931471805599453;

// exp(-x) for 0 <= x, 0 where the result is below 2^-126. Straight-line code, so that the loop over
// it is vectorised; integers of 64 bits become floating-point numbers by their bits, because AVX2
// has no instruction for it.
inline float exp_of_minus(double x) noexcept {
  const double limited = x < 90.0 ? x : 90.0;
  const double rounded = kRounder - limited * kLog2E;
  const double n = rounded - kRounder;  // -limited = n * ln 2 + r, |r| <= ln 2 / 2
  const double r = -limited - n * kLn2;
  // Taylor polynomial of degree 7: the next term is below 6e-9.
  double e = 1.0 / 5040.0;
  e = e * r + 1.0 / 720.0;
  e = e * r + 1.0 / 120.0;
  e = e * r + 1.0 / 24.0;
  e = e * r + 1.0 / 6.0;
  e = e * r + 0.5;
  e = e * r + 1.0;
  e = e * r + 1.0;
  const auto exponent = bits<uint64_t>(rounded) << 52;  // wraps to n in the exponent field
  const double scaled = bits<double>(bits<uint64_t>(e) + exponent);
  return x < 87.33 ? static_cast<float>(scaled) : 0.0f;
}

// The difference of two times needs 64 bits without sign; its conversion goes by halves.
inline double as_double(uint64_t age) noexcept {
  const double high = bits<double>((age >> 32) | 0x4530000000000000ull) - 0x1p84;
  const double low = bits<double>((age & 0xFFFFFFFFull) | 0x4330000000000000ull) - 0x1p52;
  return high + low;
}

}  // namespace
}  // namespace nk
