// Golden data: the tensors of one run in eager PyTorch as raw files, in blocks for memory channels, and compared.
//
//   golden::buffer<float> x = golden::whole<float>("in0_x.bin", 240);           // the tensor as it lies in memory
//   auto rows = golden::blocks<float>("in1_rows.bin", 16, 65536, 1 << 20);      // rows[c] holds 65,536 elements of
//   them
//   ... golden::compare("out0_y.bin", y.data(), golden::float32, 40, 1e-4, 1e-5);   // prints the largest difference
//   golden::compare("out1_at.bin", at.data(), golden::int64, 8, {"source_out1_at.bin", golden::float32, 1024, 8, 1, 0,
//   0}); return golden::result();                                                    // 0 if all were close enough
//
// Test benches and the host program share it. It needs the C++ standard library only.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace golden {

// Those before int8 are compared with a tolerance.
enum element { float32, float16, bfloat16, int8, int32, int64, boolean, uint8 };

inline const char* name_of(element kind) {
  const char* names[] = {"float32", "float16", "bfloat16", "int8", "int32", "int64", "bool", "uint8"};
  return names[kind];
}

inline std::size_t size_of(element kind) {
  const std::size_t sizes[] = {4, 2, 2, 1, 4, 8, 1, 1};
  return sizes[kind];
}

// Where the files lie, and how many comparisons failed.
inline std::string& folder() {
  static std::string path = ".";
  return path;
}
inline int& failures() {
  static int count = 0;
  return count;
}

inline std::vector<char> read(const std::string& file) {
  const std::string path = folder() + "/" + file;
  std::ifstream stream(path, std::ios::binary | std::ios::ate);
  if (!stream) throw std::runtime_error("cannot read " + path);
  std::vector<char> bytes(static_cast<std::size_t>(stream.tellg()));
  stream.seekg(0);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!stream) throw std::runtime_error("cannot read all of " + path);
  return bytes;
}

// Zeroed memory for `depth` elements, aligned as memory of the card is.
template <class T>
class buffer {
 public:
  explicit buffer(std::size_t depth) : bytes_(depth * sizeof(T) + 64) {}
  std::size_t depth() const { return (bytes_.size() - 64) / sizeof(T); }
  T* data() { return reinterpret_cast<T*>(bytes_.data() + (64 - address() % 64) % 64); }

 private:
  std::uintptr_t address() { return reinterpret_cast<std::uintptr_t>(bytes_.data()); }
  std::vector<char> bytes_;
};

inline std::vector<char> read_elements(const std::string& file, std::size_t bytes) {
  std::vector<char> read_bytes = read(file);
  if (read_bytes.size() == bytes) return read_bytes;
  throw std::runtime_error(file + " has " + std::to_string(read_bytes.size()) + " bytes, not " + std::to_string(bytes));
}

template <class T>
buffer<T> whole(const std::string& file, std::size_t elements) {
  const std::vector<char> bytes = read_elements(file, elements * sizeof(T));
  buffer<T> result(elements);
  std::memcpy(static_cast<void*>(result.data()), bytes.data(), bytes.size());
  return result;
}

// The tensor's elements in blocks, the last one with what remains.
template <class T>
std::vector<buffer<T>> blocks(const std::string& file, std::size_t channels, std::size_t block_elements,
                              std::size_t elements) {
  const std::vector<char> bytes = read_elements(file, elements * sizeof(T));
  std::vector<buffer<T>> result(channels, buffer<T>(block_elements));
  for (std::size_t c = 0; c < channels; ++c) {
    const std::size_t first = c * block_elements;
    const std::size_t count = elements - first < block_elements ? elements - first : block_elements;
    std::memcpy(static_cast<void*>(result[c].data()), bytes.data() + first * sizeof(T), count * sizeof(T));
  }
  return result;
}

// The reverse: all blocks in one piece. Each but the last is full.
template <class T>
buffer<T> joined(std::vector<buffer<T>>& blocks, std::size_t elements) {
  const std::size_t each = blocks[0].depth();
  buffer<T> result(elements);
  for (std::size_t c = 0; c < blocks.size(); ++c) {
    const std::size_t count = std::min(elements - c * each, each);
    std::memcpy(static_cast<void*>(result.data() + c * each), blocks[c].data(), count * sizeof(T));
  }
  return result;
}

template <class T>
T load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const float fraction = static_cast<float>(bits & 1023);
  float size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
  if (exponent == 31) size = fraction == 0 ? std::numeric_limits<float>::infinity() : std::nanf("");
  return bits & 0x8000 ? -size : size;
}

inline float from_bfloat(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  return load<float>(reinterpret_cast<const char*>(&wide));
}

// An element as a number that holds all of them: 64-bit integers too.
inline long double value(element kind, const char* at) {
  switch (kind) {
    case float32: return load<float>(at);
    case float16: return from_half(load<std::uint16_t>(at));
    case bfloat16: return from_bfloat(load<std::uint16_t>(at));
    case int32: return load<std::int32_t>(at);
    case int64: return static_cast<long double>(load<std::int64_t>(at));
    case uint8: return load<std::uint8_t>(at);
    default: return load<std::int8_t>(at);
  }
}

// NaN equals NaN. What is finite on one side only is infinitely far away.
inline long double difference(long double got, long double want) {
  if (got == want || (std::isnan(got) && std::isnan(want))) return 0;
  if (!std::isfinite(got) || !std::isfinite(want)) return std::numeric_limits<long double>::infinity();
  return std::fabs(got - want);
}

inline bool close(long double distance, long double want, double rtol, double atol) {
  return distance == 0 || (std::isfinite(distance) && distance <= rtol * std::fabs(want) + atol);
}

// Compares an output with its file, element by element: |got - want| <= rtol * |want| + atol. Prints the result. Where
// a file `open` is named, elements that are 1 there are passed over: they depend on which of two equals a selection
// took.
inline bool compare(const std::string& file, const void* output, element kind, std::size_t elements, double rtol,
                    double atol, const std::string& open = "") {
  const std::vector<char> expected = read_elements(file, elements * size_of(kind));
  const std::vector<char> undecided = open.empty() ? std::vector<char>() : read_elements(open, elements);
  const char* got_bytes = static_cast<const char*>(output);
  std::size_t wrong = 0, worst = 0, passed_over = 0;
  long double largest = 0;
  for (std::size_t i = 0; i < elements; ++i) {
    if (!undecided.empty() && undecided[i]) {
      ++passed_over;
      continue;
    }
    const long double got = value(kind, got_bytes + i * size_of(kind));
    const long double want = value(kind, expected.data() + i * size_of(kind));
    const long double distance = difference(got, want);
    if (!close(distance, want, rtol, atol)) ++wrong;
    if (distance > largest) largest = distance, worst = i;
  }
  std::printf("%s %s: %zu of %zu elements (%s) are wrong", wrong ? "FAILED" : "passed", file.c_str(), wrong, elements,
              name_of(kind));
  if (rtol > 0 || atol > 0) std::printf(" (off by more than %g x the expected + %g)", rtol, atol);
  std::printf("; the largest difference is %Lg", largest);
  if (largest > 0) {
    std::printf(kind < int8 ? ", at element %zu: %.9Lg, expected %.9Lg" : ", at element %zu: %.0Lf, expected %.0Lf",
                worst, value(kind, got_bytes + worst * size_of(kind)),
                value(kind, expected.data() + worst * size_of(kind)));
  }
  if (passed_over > 0)
    std::printf("; %zu depend on which of two equals was selected, and are not compared", passed_over);
  std::printf("\n");
  failures() += wrong != 0;
  return wrong == 0;
}

// What indices were chosen from: `chosen` of every `cols` values, both `inner` apart; the values are in a file.
struct choice {
  std::string source;
  element kind;
  std::size_t cols, chosen, inner;
  double rtol, atol;
};

// Compares indices by the values at them, since of equal values either is right: each must be in range, taken once, and
// |value at got - value at want| <= rtol * |value at want| + atol. Prints the result.
inline bool compare(const std::string& file, const void* output, element kind, std::size_t elements,
                    const choice& from) {
  const std::vector<char> expected = read_elements(file, elements * size_of(kind));
  const std::size_t groups = elements / (from.chosen * from.inner);
  const std::vector<char> source = read_elements(from.source, groups * from.cols * from.inner * size_of(from.kind));
  const char* got_bytes = static_cast<const char*>(output);
  std::size_t wrong = 0, others = 0, first = elements;
  for (std::size_t line = 0; line < groups * from.inner; ++line) {
    const std::size_t group = line / from.inner, lane = line % from.inner;
    std::vector<char> taken(from.cols);
    for (std::size_t j = 0; j < from.chosen; ++j) {
      const std::size_t i = (group * from.chosen + j) * from.inner + lane;
      const long double got = value(kind, got_bytes + i * size_of(kind));
      const long double want = value(kind, expected.data() + i * size_of(kind));
      bool right = got >= 0 && got < static_cast<long double>(from.cols);
      if (right) {
        const auto at = [&](long double index) {
          const std::size_t place = (group * from.cols + static_cast<std::size_t>(index)) * from.inner + lane;
          return value(from.kind, source.data() + place * size_of(from.kind));
        };
        char& before = taken[static_cast<std::size_t>(got)];
        right = !before && close(difference(at(got), at(want)), at(want), from.rtol, from.atol);
        before = 1;
      }
      others += right && got != want;
      wrong += !right;
      if (!right && i < first) first = i;
    }
  }
  std::printf("%s %s: %zu of %zu indices are wrong", wrong ? "FAILED" : "passed", file.c_str(), wrong, elements);
  if (others > 0) std::printf("; %zu are of other, equal values", others);
  if (wrong > 0) {
    std::printf("; the first is element %zu: %.0Lf, expected %.0Lf", first,
                value(kind, got_bytes + first * size_of(kind)), value(kind, expected.data() + first * size_of(kind)));
  }
  std::printf("\n");
  failures() += wrong != 0;
  return wrong == 0;
}

inline int result() { return failures() ? 1 : 0; }

// Runs a test bench; its only argument is the folder of the golden data. Whatever is thrown is printed.
inline int bench(void (*run)(), int count, char** arguments, const char* default_folder) {
  folder() = count > 1 ? arguments[1] : default_folder;
  try {
    run();
  } catch (const std::exception& error) {
    std::printf("FAILED: %s\n", error.what());
    return 1;
  }
  return result();
}

}  // namespace golden
