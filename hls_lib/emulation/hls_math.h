// hls:: functions on float for emulation: what math.hpp needs of Vitis' header of this name.
//
// Those that models use on whole tensors (exp, log, log1p, tanh, erf) have no branch, so that loops over lanes
// vectorise, and are within 2 units in the last place. Their coefficients: Taylor series, or interpolation at Chebyshev
// nodes.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace hls {

namespace detail {

inline uint32_t bits(float x) {
  uint32_t u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}

inline float from_bits(uint32_t u) {
  float x;
  std::memcpy(&x, &u, sizeof x);
  return x;
}

inline float choose(bool condition, float yes, float no) {
  const uint32_t mask = -uint32_t(condition);
  return from_bits((bits(yes) & mask) | (bits(no) & ~mask));
}

inline float magnitude(float x) { return from_bits(bits(x) & 0x7fffffff); }
inline float with_sign_of(float x, float sign) { return from_bits(bits(x) | (bits(sign) & 0x80000000)); }

// Adding it leaves the nearest integer in the low bits.
constexpr float kRounder = 0x1.8p23f;
constexpr float kLn2High = 0x1.62e4p-1f;  // few bits: its products with exponents are exact
constexpr float kLn2Low = 0x1.7f7d1cp-20f;

}  // namespace detail

// e^x = 2^n e^r with |r| <= ln(2) / 2, and the Taylor series of e^r.
inline float exp(float x) {
  using namespace detail;
  // Beyond these the result is 0 or infinity anyway. NaN passes.
  x = choose(x < -104.0f, -104.0f, choose(x > 89.0f, 89.0f, x));
  const float rounded = x * 0x1.715476p+0f + kRounder;
  const uint32_t n = bits(rounded) - bits(kRounder);
  const float whole = rounded - kRounder;
  const float r = (x - whole * kLn2High) - whole * kLn2Low;
  const float series =
      0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720 + r * (1.0f / 5040)))));
  const float power = 1.0f + (r + r * r * series);
  // In two steps, since 2^n itself may be out of range where the result is not.
  const uint32_t half = static_cast<uint32_t>(static_cast<int32_t>(n) >> 1);
  return power * from_bits((half + 127) << 23) * from_bits((n - half + 127) << 23);
}

// x = 2^e m with m about 1, and log(m) = 2 atanh((m - 1) / (m + 1)).
inline float log(float x) {
  using namespace detail;
  const bool subnormal = x < 0x1p-126f;
  const float scaled = x * choose(subnormal, 0x1p23f, 1.0f);
  // Counted from sqrt(1/2), so that m - 1 is small on both sides.
  const uint32_t shifted = bits(scaled) - 0x3f3504f3;
  const float e = static_cast<float>(static_cast<int32_t>(shifted) >> 23) - choose(subnormal, 23.0f, 0.0f);
  const float f = from_bits((shifted & 0x007fffff) + 0x3f3504f3) - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  const float tail = z * (2.0f / 3 + z * (2.0f / 5 + z * (2.0f / 7 + z * (2.0f / 9))));
  const float half_square = 0.5f * f * f;
  const float result = e * kLn2High + (f - (half_square - (s * (half_square + tail) + e * kLn2Low)));
  const float infinity = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  return choose(x > 0.0f, choose(x == infinity, x, result), choose(x == 0.0f, -infinity, nan));
}

// log(u) of the rounded u = 1 + x, and what the rounding took: log(u + d) is log(u) + d / u for a d this small.
inline float log1p(float x) {
  using namespace detail;
  const float u = 1.0f + x;
  const bool finite = u > 0.0f && u < std::numeric_limits<float>::infinity();
  const float lost = choose(finite, (x - (u - 1.0f)) / u, 0.0f);
  return choose(u == 1.0f, x, log(u) + lost);
}

inline float tanh(float x) {
  using namespace detail;
  const float a = magnitude(x);
  const float z = a * a;
  const float series =
      z * (-3.333326e-01f + z * (1.3331114e-01f + z * (-5.372011e-02f + z * (2.0588191e-02f + z * -5.657135e-03f))));
  const float small = a + a * series;
  const float large = 1.0f - 2.0f / (exp(2.0f * a) + 1.0f);
  return with_sign_of(choose(a < 0.625f, small, large), x);
}

// A series up to 1; above, 1 - exp(p(x)) where p is fitted to log(1 - erf(x)).
inline float erf(float x) {
  using namespace detail;
  const float a = magnitude(x);
  const float z = a * a;
  const float series =
      1.2837917e-01f +
      z * (-3.7612626e-01f +
           z * (1.1283594e-01f +
                z * (-2.6854211e-02f + z * (5.1890872e-03f + z * (-8.0168643e-04f + z * 7.875875e-05f)))));
  const float small = a + a * series;
  const float b = choose(a > 4.0f, 4.0f, a);  // 1 in float from here on
  const float p =
      -3.2013806e-04f +
      b * (1.1302334e+00f +
           b * (6.3182604e-01f +
                b * (1.10080086e-01f +
                     b * (-2.6421135e-02f +
                          b * (4.759596e-03f + b * (-5.9680565e-04f + b * (4.605804e-05f + b * -1.6371514e-06f)))))));
  const float large = 1.0f - exp(-p);
  return with_sign_of(choose(a < 1.0f, small, large), x);
}

inline float sqrt(float x) { return std::sqrt(x); }
inline float exp2(float x) { return std::exp2(x); }
inline float expm1(float x) { return std::expm1(x); }
inline float log2(float x) { return std::log2(x); }
inline float log10(float x) { return std::log10(x); }
inline float tan(float x) { return std::tan(x); }
inline float atan(float x) { return std::atan(x); }
inline float sin(float x) { return std::sin(x); }
inline float cos(float x) { return std::cos(x); }
inline float pow(float x, float y) { return std::pow(x, y); }
inline float fmod(float x, float y) { return std::fmod(x, y); }
inline float floor(float x) { return std::floor(x); }
inline float ceil(float x) { return std::ceil(x); }
inline float trunc(float x) { return std::trunc(x); }
// To nearest, half to even.
inline float rint(float x) { return std::rint(x); }

}  // namespace hls
