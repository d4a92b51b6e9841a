// Products of a narrow number and a float, as narrow as the number is.
//
//   float p = product<half_t>(cast<float>(x), y);   // x * y, rounded once
#pragma once
#include "math.hpp"

namespace hls_lib {

namespace detail {

// x * y of floats, of which x has no more than 11 significant bits: a multiplier of 24 by 11 bits and one rounding.
// Denormal floats are zero, as in the operators of Vitis. A module of its own, which a loop of several cycles shares.
inline float narrow_product(float x, float y) {
#pragma HLS inline off
  const uint32_t a = bits_as<uint32_t>(x);
  const uint32_t b = bits_as<uint32_t>(y);
  const uint32_t sign = (a ^ b) & 0x80000000;
  const int exponent_a = a >> 23 & 255;
  const int exponent_b = b >> 23 & 255;
  const uint64_t fractions = uint64_t((b & 0x7fffff) | 0x800000) * ((a >> 13 & 0x3ff) | 0x400);
  const bool carries = fractions >> 34 & 1;
  const uint64_t aligned = carries ? fractions : fractions << 1;  // 24 bits to keep, and 11 below them
  const uint32_t kept = static_cast<uint32_t>(aligned >> 11);
  const uint32_t below = aligned & 0x7ff;
  const uint32_t rounded = kept + (below > 0x400 || (below == 0x400 && (kept & 1)));
  const int exponent = exponent_a + exponent_b - 127 + carries + (rounded >> 24);
  const bool is_nan = (exponent_a == 255 && (a & 0x7fffff) != 0) || (exponent_b == 255 && (b & 0x7fffff) != 0);
  const bool is_zero = exponent_a == 0 || exponent_b == 0;
  const bool is_infinite = exponent_a == 255 || exponent_b == 255;
  if (is_nan || (is_infinite && is_zero)) return std::numeric_limits<float>::quiet_NaN();
  if (is_zero || (exponent <= 0 && !is_infinite)) return bits_as<float>(sign);
  if (is_infinite || exponent >= 255) return bits_as<float>(sign | 0x7f800000);
  return bits_as<float>(sign | uint32_t(exponent) << 23 | (rounded & 0x7fffff));
}

}  // namespace detail

// x * y of floats, where x was a number of type T: of a 16-bit float it takes one DSP, and of a float32 three.
template <class T>
inline float product(float x, float y) {
#pragma HLS inline
  if constexpr (is_half<T> && kAsHardware) {
    return detail::narrow_product(x, y);
  } else {
    return x * y;
  }
}

}  // namespace hls_lib
