// What the tests share: checks that count, and tensors as streams.
//
//   int main() {
//     check(2 + 2 == 4, "arithmetic");
//     return finish();
//   }
#pragma once
#include <ap_int.h>
#include <hls_stream.h>

#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "hls_lib/hls_lib.hpp"

using namespace hls_lib;

inline int failures = 0;
inline int checks = 0;

inline void check(bool holds, const std::string& what) {
  ++checks;
  if (holds) return;
  ++failures;
  if (failures <= 20) std::printf("FAILED: %s\n", what.c_str());
}

inline int finish() {
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}

// Runs `function` as a launch; its message must contain `expected`.
template <class Function>
void check_fails(int status, const std::string& expected, Function function) {
  char message[2048] = "";
  const int got = emulation::guarded(function, message, sizeof message);
  check(got == status, "status " + std::to_string(got) + " instead of " + std::to_string(status) + ": " + message);
  check(std::string(message).find(expected) != std::string::npos,
        "message \"" + std::string(message) + "\" instead of \"" + expected + "\"");
}

template <class Function>
void check_runs(const std::string& what, Function function) {
  char message[2048] = "";
  const int got = emulation::guarded(function, message, sizeof message);
  check(got == emulation::ok, what + ": " + message);
}

template <class T>
double number(T x) {
  if constexpr (is_half<T>) return static_cast<float>(x);
  return static_cast<double>(x);
}

// Equal, or both NaN, or closer than a tolerance relative to the greater of 1 and |wanted|.
inline bool is_close(double got, double wanted, double tolerance) {
  if (std::isnan(wanted)) return std::isnan(got);
  if (got == wanted) return true;
  return std::abs(got - wanted) <= tolerance * std::max(1.0, std::abs(wanted));
}

template <class T>
constexpr double tolerance_of = std::is_same_v<T, bfloat16_t> ? 1e-2
                                : std::is_same_v<T, half_t>   ? 2e-3
                                : is_floating<T>              ? 2e-6
                                                              : 0;

template <class T, class U>
void check_close(const std::vector<T>& got, const std::vector<U>& wanted, const std::string& what,
                 double tolerance = tolerance_of<T>) {
  check(got.size() == wanted.size(), what + ": sizes");
  for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); ++i) {
    check(is_close(number(got[i]), number(wanted[i]), tolerance), what + " at " + std::to_string(i) + ": " +
                                                                      std::to_string(number(got[i])) + " instead of " +
                                                                      std::to_string(number(wanted[i])));
  }
}

// Small numbers of any element type; whole ones where sums must be exact.
template <class T>
std::vector<T> numbers(int count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<T> out(count);
  for (int i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<T, bool>) {
      out[i] = random() % 2;
    } else if constexpr (is_floating<T>) {
      out[i] = T(std::normal_distribution<float>()(random));
    } else {
      out[i] = T(static_cast<int>(random() % 21) - 10);
    }
  }
  return out;
}

template <class T>
std::string type_name() {
  if constexpr (std::is_same_v<T, float>) return "float";
  if constexpr (std::is_same_v<T, half_t>) return "half_t";
  if constexpr (std::is_same_v<T, bfloat16_t>) return "bfloat16_t";
  if constexpr (std::is_same_v<T, bool>) return "bool";
  return "int" + std::to_string(8 * sizeof(T)) + "_t";
}

// A vector of bool has no memory of its elements; this has.
template <class T>
class memory {
 public:
  explicit memory(std::size_t count) : bytes_(new line[count * sizeof(T) / sizeof(line) + 1]()), count_(count) {}
  memory(const std::vector<T>& from) : memory(from.size()) { std::copy(from.begin(), from.end(), get()); }
  T* get() const { return reinterpret_cast<T*>(bytes_.get()); }
  // As whole vectors, of memory that is aligned to them.
  template <int W>
  vec<T, W>* vectors() const {
    return reinterpret_cast<vec<T, W>*>(bytes_.get());
  }
  std::vector<T> all() const { return std::vector<T>(get(), get() + count_); }

 private:
  struct alignas(64) line {
    char byte[64];
  };
  std::unique_ptr<line[]> bytes_;
  std::size_t count_;
};

// Calls f(T()) for the element types.
template <class Function>
void for_floats(Function f) {
  f(float());
  f(half_t());
  f(bfloat16_t());
}
template <class Function>
void for_numbers(Function f) {
  for_floats(f);
  f(int8_t());
  f(int32_t());
  f(int64_t());
}
template <class Function>
void for_types(Function f) {
  for_numbers(f);
  f(bool());
}

// Sizes that fill vectors, do not, and are less than one.
inline const std::vector<std::pair<int, int>> kShapes = {{1, 1}, {1, 16}, {3, 5}, {2, 17}, {7, 33}, {4, 64}, {1, 1000}};

inline std::string at(int rows, int cols) { return " [" + std::to_string(rows) + ", " + std::to_string(cols) + "]"; }

// Garbage in the padding lanes, as a map may leave it.
template <class T, int W>
void spoil_padding(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows, int cols) {
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < cols; c += W) {
      vec<T, W> lanes = in.read();
      for (int l = std::max(0, cols - c); l < W; ++l) {
        lanes[l] = is_floating<T> ? T(std::numeric_limits<float>::quiet_NaN()) : T(101);
      }
      out.write(lanes);
    }
  }
}
