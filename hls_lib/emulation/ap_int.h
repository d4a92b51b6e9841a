// ap_int and ap_uint of up to 64 bits for emulation, each kept in a native integer.
//
//   ap_uint<12> address = 4097;    // wraps to 1
//   ap_uint<4> low = address.range(3, 0);
//   address[11] = true;
//
// Only assignment wraps. An expression is computed in int64_t (uint64_t for ap_uint<64>), which holds exactly what
// Vitis' widening results hold as long as it is no longer than 64 bits.
#pragma once
#include <cstdint>
#include <type_traits>

namespace hls_lib::emulation {

constexpr uint64_t low_bits(int count) { return count >= 64 ? ~uint64_t(0) : (uint64_t(1) << count) - 1; }

template <int N, bool SIGNED>
class fixed_width {
  static_assert(N >= 1 && N <= 64, "emulation keeps up to 64 bits");

 public:
  using expression = std::conditional_t<!SIGNED && N == 64, uint64_t, int64_t>;
  static constexpr int width = N;

  fixed_width() = default;
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  fixed_width(T value) : value_(wrapped(bits_of(value))) {}
  template <int M, bool S>
  fixed_width(const fixed_width<M, S>& other)
      : fixed_width(static_cast<typename fixed_width<M, S>::expression>(other)) {}

  operator expression() const { return value_; }

  fixed_width& operator+=(expression x) { return *this = add(x); }
  fixed_width& operator-=(expression x) { return *this = add(-static_cast<uint64_t>(x)); }
  fixed_width& operator*=(expression x) { return *this = bits() * static_cast<uint64_t>(x); }
  fixed_width& operator/=(expression x) { return *this = value_ / x; }
  fixed_width& operator%=(expression x) { return *this = value_ % x; }
  fixed_width& operator&=(expression x) { return *this = value_ & x; }
  fixed_width& operator|=(expression x) { return *this = value_ | x; }
  fixed_width& operator^=(expression x) { return *this = value_ ^ x; }
  fixed_width& operator<<=(int count) { return *this = count >= 64 ? 0 : bits() << count; }
  fixed_width& operator>>=(int count) { return *this = value_ >> (count >= 64 ? 63 : count); }
  fixed_width& operator++() { return *this = add(1); }
  fixed_width& operator--() { return *this = add(~uint64_t(0)); }
  fixed_width operator++(int) {
    const fixed_width before = *this;
    ++*this;
    return before;
  }
  fixed_width operator--(int) {
    const fixed_width before = *this;
    --*this;
    return before;
  }

  // Bits `high` down to `low` as a place that can be read and assigned.
  class part {
   public:
    operator uint64_t() const { return (whole_.bits() >> low_) & low_bits(count_); }
    part& operator=(uint64_t value) {
      const uint64_t mask = low_bits(count_) << low_;
      whole_.value_ = wrapped((whole_.bits() & ~mask) | ((value << low_) & mask));
      return *this;
    }
    part& operator=(const part& other) { return *this = static_cast<uint64_t>(other); }

   private:
    friend class fixed_width;
    part(fixed_width& whole, int high, int low) : whole_(whole), low_(low), count_(high - low + 1) {}
    fixed_width& whole_;
    int low_;
    int count_;
  };

  part range(int high, int low) { return part(*this, high, low); }
  uint64_t range(int high, int low) const { return (bits() >> low) & low_bits(high - low + 1); }
  part operator()(int high, int low) { return range(high, low); }
  uint64_t operator()(int high, int low) const { return range(high, low); }
  part operator[](int i) { return range(i, i); }
  bool operator[](int i) const { return range(i, i) != 0; }
  bool test(int i) const { return range(i, i) != 0; }

  int length() const { return N; }
  int to_int() const { return static_cast<int>(value_); }
  unsigned to_uint() const { return static_cast<unsigned>(value_); }
  int64_t to_int64() const { return static_cast<int64_t>(value_); }
  uint64_t to_uint64() const { return static_cast<uint64_t>(value_); }
  double to_double() const { return static_cast<double>(value_); }

 private:
  // The narrowest native type: arrays of ap_int<8> take as much memory as arrays of int8_t.
  using storage_signed =
      std::conditional_t<(N > 32), int64_t,
                         std::conditional_t<(N > 16), int32_t, std::conditional_t<(N > 8), int16_t, int8_t>>>;
  using storage = std::conditional_t<SIGNED, storage_signed, std::make_unsigned_t<storage_signed>>;

  template <class T>
  static uint64_t bits_of(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<uint64_t>(static_cast<int64_t>(value));
    } else {
      return static_cast<uint64_t>(value);
    }
  }

  static storage wrapped(uint64_t bits) {
    if constexpr (SIGNED) {
      return static_cast<storage>(static_cast<int64_t>(bits << (64 - N)) >> (64 - N));
    } else {
      return static_cast<storage>(bits & low_bits(N));
    }
  }

  uint64_t bits() const { return static_cast<uint64_t>(value_); }
  uint64_t add(uint64_t x) const { return bits() + x; }

  storage value_;
};

}  // namespace hls_lib::emulation

template <int N>
using ap_int = hls_lib::emulation::fixed_width<N, true>;
template <int N>
using ap_uint = hls_lib::emulation::fixed_width<N, false>;
