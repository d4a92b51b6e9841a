// The scalar functions that maps are made of, with the semantics of PyTorch on a CPU.
//
//   struct body { static float apply(float x, float y) { return maximum(mul(x, y), 0.0f); } };
//
// Integers wrap. NaN passes through. 16-bit floats are computed in float and rounded once. In a file that includes
// <math.h>, call these with their namespace: a global `float round(float)` would be preferred to a template.
#pragma once
#include <hls_math.h>

#include "types.hpp"

namespace hls_lib {

namespace detail {

// Wrapping arithmetic: signed overflow is undefined, unsigned is not. Narrow types are computed in 32 bits.
template <class T>
using wrapping_t = std::conditional_t<(sizeof(T) > 4), uint64_t, uint32_t>;

template <class T>
constexpr bool is_wrapping = std::is_integral_v<T> && !std::is_same_v<T, bool>;

template <class T, class Function>
inline T in_float(T x, Function function) {
#pragma HLS inline
  static_assert(is_floating<T>, "a function of floats; cast first");
  return static_cast<T>(function(static_cast<float>(x)));
}

// By e^-|x|, which cannot overflow and loses no digits on either side.
inline float logistic(float x) {
#pragma HLS inline
  const float e = hls::exp(bits_as<float>(bits_as<uint32_t>(x) | 0x80000000));
  return choose(x < 0.0f, e, 1.0f) / (1.0f + e);
}

template <class T, class Function>
inline T unless_whole(T x, Function function) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    return in_float(x, function);
  } else {
    return x;
  }
}

}  // namespace detail

// Conversion. A float out of the range of int32_t or int64_t, or NaN, gives the least value, as x86 converts; to int8_t
// it goes through int32_t and wraps. To bool: whether it is not zero.
template <class TO, class TI>
inline TO cast(TI x) {
#pragma HLS inline
  if constexpr (std::is_same_v<TO, TI>) {
    return x;
  } else if constexpr (std::is_same_v<TO, bool>) {
    return is_floating<TI> ? static_cast<float>(x) != 0.0f : x != TI(0);
  } else if constexpr (is_floating<TO>) {
    return static_cast<TO>(static_cast<float>(x));
  } else if constexpr (is_floating<TI>) {
    using Wide = std::conditional_t<(sizeof(TO) > 4), int64_t, int32_t>;
    constexpr float kLimit = sizeof(TO) > 4 ? 0x1p63f : 0x1p31f;
    const float value = static_cast<float>(x);
    const bool fits = value >= -kLimit && value < kLimit;
    const Wide whole = static_cast<Wide>(choose(fits, value, 0.0f));
    return static_cast<TO>(fits ? whole : std::numeric_limits<Wide>::min());
  } else {
    return static_cast<TO>(x);
  }
}

template <class T>
inline T where(bool condition, T yes, T no) {
#pragma HLS inline
  if constexpr (std::is_same_v<T, float>) {
    return choose(condition, yes, no);
  } else {
    return condition ? yes : no;
  }
}

// Arithmetic.

template <class T>
inline T add(T a, T b) {
#pragma HLS inline
  if constexpr (detail::is_wrapping<T>) {
    using U = detail::wrapping_t<T>;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
  } else {
    return static_cast<T>(compute_t<T>(a) + compute_t<T>(b));  // of bools: or
  }
}

template <class T>
inline T sub(T a, T b) {
#pragma HLS inline
  if constexpr (detail::is_wrapping<T>) {
    using U = detail::wrapping_t<T>;
    return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
  } else {
    return static_cast<T>(compute_t<T>(a) - compute_t<T>(b));
  }
}

template <class T>
inline T mul(T a, T b) {
#pragma HLS inline
  if constexpr (detail::is_wrapping<T>) {
    using U = detail::wrapping_t<T>;
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
  } else {
    return static_cast<T>(compute_t<T>(a) * compute_t<T>(b));  // of bools: and
  }
}

template <class T>
inline T neg(T x) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    return static_cast<T>(-static_cast<float>(x));
  } else {
    return sub(T(0), x);
  }
}

template <class T>
inline T abs(T x) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    return static_cast<T>(bits_as<float>(bits_as<uint32_t>(static_cast<float>(x)) & 0x7fffffff));
  } else {
    return x < T(0) ? neg(x) : x;
  }
}

template <class T>
inline T square(T x) {
#pragma HLS inline
  return mul(x, x);
}

template <class T>
inline T div(T a, T b) {
#pragma HLS inline
  static_assert(is_floating<T>, "true division gives floats; cast first");
  return static_cast<T>(static_cast<float>(a) / static_cast<float>(b));
}

template <class T>
inline T reciprocal(T x) {
#pragma HLS inline
  return div(T(1), x);
}

// Comparisons.

template <class T>
inline bool eq(T a, T b) {
#pragma HLS inline
  return compute_t<T>(a) == compute_t<T>(b);
}
template <class T>
inline bool ne(T a, T b) {
#pragma HLS inline
  return compute_t<T>(a) != compute_t<T>(b);
}
template <class T>
inline bool lt(T a, T b) {
#pragma HLS inline
  return compute_t<T>(a) < compute_t<T>(b);
}
template <class T>
inline bool le(T a, T b) {
#pragma HLS inline
  return compute_t<T>(a) <= compute_t<T>(b);
}
template <class T>
inline bool gt(T a, T b) {
#pragma HLS inline
  return compute_t<T>(a) > compute_t<T>(b);
}
template <class T>
inline bool ge(T a, T b) {
#pragma HLS inline
  return compute_t<T>(a) >= compute_t<T>(b);
}

// Either one NaN gives NaN.
template <class T>
inline T maximum(T a, T b) {
#pragma HLS inline
  return where(gt(a, b) | is_nan(a), a, b);
}
template <class T>
inline T minimum(T a, T b) {
#pragma HLS inline
  return where(lt(a, b) | is_nan(a), a, b);
}
template <class T>
inline T clamp(T x, T low, T high) {
#pragma HLS inline
  return minimum(maximum(x, low), high);
}
template <class T>
inline T relu(T x) {
#pragma HLS inline
  return maximum(x, T(0));
}

// Logic.

template <class T>
inline bool logical_and(T a, T b) {
#pragma HLS inline
  return cast<bool>(a) & cast<bool>(b);
}
template <class T>
inline bool logical_or(T a, T b) {
#pragma HLS inline
  return cast<bool>(a) | cast<bool>(b);
}
template <class T>
inline bool logical_not(T x) {
#pragma HLS inline
  return !cast<bool>(x);
}
template <class T>
inline T bitwise_and(T a, T b) {
#pragma HLS inline
  return static_cast<T>(a & b);
}
template <class T>
inline T bitwise_or(T a, T b) {
#pragma HLS inline
  return static_cast<T>(a | b);
}
template <class T>
inline T bitwise_xor(T a, T b) {
#pragma HLS inline
  return static_cast<T>(a ^ b);
}
template <class T>
inline T bitwise_not(T x) {
#pragma HLS inline
  if constexpr (std::is_same_v<T, bool>) {
    return !x;
  } else {
    return static_cast<T>(~x);
  }
}

// Shifts. Bits that are shifted out are lost; by a negative number, or by the width or more, all of them are, and the
// sign fills a right shift. To the left the value is shifted without its sign, whose overflow would be undefined.

template <class T>
inline T shift_left(T a, T b) {
#pragma HLS inline
  using U = detail::wrapping_t<T>;
  const bool inside = b >= T(0) && b < T(8 * sizeof(T));
  return inside ? static_cast<T>(static_cast<U>(a) << static_cast<U>(b)) : T(0);
}
template <class T>
inline T shift_right(T a, T b) {
#pragma HLS inline
  constexpr int kMost = 8 * sizeof(T) - (std::is_signed_v<T> ? 1 : 0);
  const bool inside = b >= T(0) && b < T(kMost);
  return static_cast<T>(a >> (inside ? static_cast<int>(b) : kMost));
}

// An index into a dimension, ready for addressing (see checked_index).
template <class T>
inline T wrapped_index(T index, T limit) {
#pragma HLS inline
  return static_cast<T>(checked_index(index, limit, true));
}

// Functions of floats.

template <class T>
inline T exp(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::exp(v); });
}
template <class T>
inline T log(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::log(v); });
}
template <class T>
inline T log1p(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::log1p(v); });
}
template <class T>
inline T exp2(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::exp2(v); });
}
template <class T>
inline T expm1(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::expm1(v); });
}
template <class T>
inline T log2(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::log2(v); });
}
template <class T>
inline T log10(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::log10(v); });
}
template <class T>
inline T tan(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::tan(v); });
}
template <class T>
inline T atan(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::atan(v); });
}
template <class T>
inline T sqrt(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::sqrt(v); });
}
template <class T>
inline T rsqrt(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return 1.0f / hls::sqrt(v); });
}
template <class T>
inline T sin(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::sin(v); });
}
template <class T>
inline T cos(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::cos(v); });
}
template <class T>
inline T tanh(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::tanh(v); });
}
template <class T>
inline T erf(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return hls::erf(v); });
}
template <class T>
inline T sigmoid(T x) {
#pragma HLS inline
  return detail::in_float(x, detail::logistic);
}
template <class T>
inline T silu(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return v * detail::logistic(v); });
}
template <class T>
inline T gelu(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) { return v * 0.5f * (1.0f + hls::erf(v * 0.70710678f)); });
}
template <class T>
inline T gelu_tanh(T x) {
#pragma HLS inline
  return detail::in_float(x, [](float v) {
    const float inner = 0.79788456f * (v + 0.044715f * (v * v * v));
    return 0.5f * v * (1.0f + hls::tanh(inner));
  });
}
template <class T>
inline T pow(T x, T y) {
#pragma HLS inline
  return detail::in_float(x, [y](float v) { return hls::pow(v, static_cast<float>(y)); });
}

// Rounding to integers; of integers: nothing to do.

template <class T>
inline T floor(T x) {
#pragma HLS inline
  return detail::unless_whole(x, [](float v) { return hls::floor(v); });
}
template <class T>
inline T ceil(T x) {
#pragma HLS inline
  return detail::unless_whole(x, [](float v) { return hls::ceil(v); });
}
template <class T>
inline T trunc(T x) {
#pragma HLS inline
  return detail::unless_whole(x, [](float v) { return hls::trunc(v); });
}
// Half to even.
template <class T>
inline T round(T x) {
#pragma HLS inline
  return detail::unless_whole(x, [](float v) { return hls::rint(v); });
}

// Division with rounding. fmod has the sign of the dividend, remainder that of the divisor. An integer divided by zero
// is an error in PyTorch; here it ends the launch.

template <class T>
inline T div_trunc(T a, T b) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    return static_cast<T>(hls::trunc(static_cast<float>(a) / static_cast<float>(b)));
  } else {
    // The least value divided by -1 overflows, which traps.
    return b == T(-1) ? neg(a) : static_cast<T>(a / b);
  }
}
template <class T>
inline T fmod(T a, T b) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    return static_cast<T>(hls::fmod(static_cast<float>(a), static_cast<float>(b)));
  } else {
    return b == T(-1) ? T(0) : static_cast<T>(a % b);
  }
}
template <class T>
inline T remainder(T a, T b) {
#pragma HLS inline
  const compute_t<T> divisor = b;
  const compute_t<T> rest = fmod(compute_t<T>(a), divisor);
  const bool other_side = rest != 0 && (rest < 0) != (divisor < 0);
  return static_cast<T>(other_side ? rest + divisor : rest);
}
template <class T>
inline T div_floor(T a, T b) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    const float dividend = a;
    const float divisor = b;
    if (divisor == 0.0f) return static_cast<T>(dividend / divisor);
    // By way of the remainder: the rounded quotient may lie on the wrong side of an integer.
    const float rest = hls::fmod(dividend, divisor);
    float quotient = (dividend - rest) / divisor;
    if (rest != 0.0f && (rest < 0.0f) != (divisor < 0.0f)) quotient -= 1.0f;
    const float whole = hls::floor(quotient);
    // A zero has the sign of the true quotient.
    if (quotient == 0.0f) return static_cast<T>(dividend / divisor * 0.0f);
    return static_cast<T>(quotient - whole > 0.5f ? whole + 1.0f : whole);
  } else {
    const T quotient = div_trunc(a, b);
    const bool inexact = fmod(a, b) != 0 && (a < 0) != (b < 0);
    return inexact ? static_cast<T>(quotient - 1) : quotient;
  }
}

}  // namespace hls_lib
