// Element types, what sums of them are kept in, and how a kernel says that something is wrong.
//
//   half_t h(1.5f);          // 16-bit floats: stored in 16 bits, computed in float, rounded once an operation
//   float f = h;
//   accum_t<int8_t> sum = 0; // int32_t
//   fail("the sizes do not match");
#pragma once
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#ifndef HLS_LIB_SYNTHESIS
#include <hls_lib_mode.hpp>

#include "detail/failure.hpp"
#endif

namespace hls_lib {

// Whether to compute as hardware does where a processor has a faster way, which needs denormal floats.
#ifdef HLS_LIB_SYNTHESIS
constexpr bool kAsHardware = true;
#else
constexpr bool kAsHardware = emulation::mode::kStrict;
#endif

// The bits of a value as another type of the same size.
template <class To, class From>
inline To bits_as(From value) {
#pragma HLS inline
  static_assert(sizeof(To) == sizeof(From));
#ifdef HLS_LIB_SYNTHESIS
  // Vitis turns a union into wires, but a memcpy into a memory.
  union {
    From from;
    To to;
  } pun;
  pun.from = value;
  return pun.to;
#else
  To to;
  std::memcpy(&to, &value, sizeof to);
  return to;
#endif
}

// Without a branch, so that loops over lanes vectorise.
inline float choose(bool condition, float yes, float no) {
#pragma HLS inline
  const uint32_t mask = -uint32_t(condition);
  return bits_as<float>((bits_as<uint32_t>(yes) & mask) | (bits_as<uint32_t>(no) & ~mask));
}

// The upper half of a float. Rounds to nearest even; a NaN stays one.
struct bfloat16_t {
  uint16_t bits;

  bfloat16_t() = default;
  explicit bfloat16_t(float value) {
#pragma HLS inline
    const uint32_t x = bits_as<uint32_t>(value);
    const uint32_t rounded = (x + 0x7fff + ((x >> 16) & 1)) >> 16;
    const uint32_t is_nan = -uint32_t((x & 0x7fffffff) > 0x7f800000);
    bits = static_cast<uint16_t>((rounded & ~is_nan) | (((x >> 16) | 0x40) & is_nan));
  }
  operator float() const { return bits_as<float>(uint32_t(bits) << 16); }
};

// IEEE binary16. Our own, because Vitis' half flushes subnormals, and what _Float16 computes depends on the host: with
// AVX512-FP16 it never becomes a float. Hardware shifts, and a processor adds and multiplies.
struct half_t {
  uint16_t bits;

  half_t() = default;
  explicit half_t(float value) {
#pragma HLS inline
    const uint32_t sign = bits_as<uint32_t>(value) & 0x80000000;
    const uint32_t x = bits_as<uint32_t>(value) ^ sign;
    const uint32_t normal = (x - (uint32_t(127 - 15) << 23) + 0xfff + ((x >> 13) & 1)) >> 13;
    const uint32_t is_nan = -uint32_t(x > 0x7f800000);
    const uint32_t special = 0x7c00 | (is_nan & (0x200 | ((x >> 13) & 0x3ff)));
    const uint32_t is_small = -uint32_t(x < (uint32_t(113) << 23));
    const uint32_t is_special = -uint32_t(x >= (uint32_t(143) << 23));
    const uint32_t finite = (subnormal(x) & is_small) | (normal & ~is_small);
    bits = static_cast<uint16_t>((special & is_special) | (finite & ~is_special) | (sign >> 16));
  }
  operator float() const {
#pragma HLS inline
    const uint32_t magnitude = uint32_t(bits & 0x7fff) << 13;
    const uint32_t is_special = -uint32_t(magnitude >= (uint32_t(0x7c00) << 13));
    return bits_as<float>(widened(magnitude) | (is_special & 0x7f800000) | uint32_t(bits & 0x8000) << 16);
  }

 private:
  // The bits of a half below 2^-14, a multiple of 2^-24, from those of a float without the sign.
  static uint32_t subnormal(uint32_t x) {
#pragma HLS inline
    if constexpr (kAsHardware) {
      const uint32_t exponent = x >> 23;
      const uint32_t fraction = (x & 0x7fffff) | 0x800000;
      const uint32_t shift = exponent < 96 ? 30 : exponent > 112 ? 14 : 126 - exponent;
      return (fraction + ((1u << (shift - 1)) - 1) + ((fraction >> shift) & 1)) >> shift;
    } else {
      // Adding 0.5 leaves them at the bottom, rounded by the adder.
      return bits_as<uint32_t>(bits_as<float>(x) + 0.5f) - bits_as<uint32_t>(0.5f);
    }
  }

  // The bits of a float from those of a half without the sign, where the fractions of both begin with the same bit.
  static uint32_t widened(uint32_t magnitude) {
#pragma HLS inline
    if constexpr (kAsHardware) {
      const uint32_t zeros = __builtin_clz(magnitude | 1) - 8;  // of a subnormal: where its first bit has to go
      const uint32_t normal = magnitude + (uint32_t(127 - 15) << 23);
      const uint32_t shifted = ((magnitude << zeros) & 0x7fffff) | (113 - zeros) << 23;
      return magnitude == 0 ? 0 : magnitude < (1u << 23) ? shifted : normal;
    } else {
      // One multiplication moves the exponent and makes subnormals normal.
      return bits_as<uint32_t>(bits_as<float>(magnitude) * 0x1p112f);
    }
  }
};

template <class T>
constexpr bool is_half = std::is_same_v<T, half_t> || std::is_same_v<T, bfloat16_t>;
template <class T>
constexpr bool is_floating = std::is_floating_point_v<T> || is_half<T>;

// What one operation on T is computed in.
template <class T>
using compute_t = std::conditional_t<is_half<T>, float, T>;

// What sums of T are kept in: wide enough for products of narrow integers, and never a 16-bit float.
template <class T>
struct accumulator {
  using type = std::conditional_t<is_floating<T>, float, std::conditional_t<(sizeof(T) > 4), int64_t, int32_t>>;
};
template <class T>
using accum_t = typename accumulator<T>::type;

template <class T>
inline bool is_nan(T value) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    return (bits_as<uint32_t>(static_cast<float>(value)) & 0x7fffffff) > 0x7f800000;
  } else {
    return false;
  }
}

// Values as integers in the order of a sort: -0 equals 0 and NaN is the largest, as in PyTorch. Comparing integers
// takes a fraction of the logic that comparing floats takes.
template <class T>
inline auto order_key(T value) {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    const int32_t bits = bits_as<int32_t>(static_cast<float>(value));
    const int32_t magnitude = bits & 0x7fffffff;
    const int32_t ordered = bits < 0 ? -magnitude : magnitude;  // of -0 as well
    return magnitude > 0x7f800000 ? std::numeric_limits<int32_t>::max() : ordered;
  } else if constexpr (sizeof(T) > 4) {
    return int64_t(value);
  } else {
    return int32_t(value);
  }
}

// The float of an order_key.
inline float float_of_order(int32_t key) {
#pragma HLS inline
  if (key == std::numeric_limits<int32_t>::max()) return std::numeric_limits<float>::quiet_NaN();
  return bits_as<float>(key < 0 ? uint32_t(-key) | 0x80000000 : uint32_t(key));
}

// Ends the launch with a message. Hardware has nobody to tell, so there it does nothing.
#ifdef HLS_LIB_SYNTHESIS
inline void fail(const char*) {}
#else
[[noreturn]] inline void fail(const char* text) { throw emulation::failure(emulation::failed, "%s", text); }
#endif

// An index made ready for addressing: negative ones count from the end where `wrap` says so. One that is out of range
// fails; hardware takes the nearest that is in range, so that it never reads foreign memory.
inline int64_t checked_index(int64_t index, int64_t limit, bool wrap) {
#pragma HLS inline
  const int64_t place = wrap && index < 0 ? index + limit : index;
#ifdef HLS_LIB_SYNTHESIS
  return place < 0 ? 0 : place >= limit ? limit - 1 : place;
#else
  if (place < 0 || place >= limit) {
    throw emulation::failure(emulation::out_of_range, "index %lld is out of range for dimension of size %lld",
                             static_cast<long long>(index), static_cast<long long>(limit));
  }
  return place;
#endif
}

}  // namespace hls_lib
