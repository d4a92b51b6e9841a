// A row of floats as fixed-point numbers of 31 bits and one scale: sums of their products with 8-bit integers are
// exact, in any order, and take two narrow multipliers a product and adders of integers instead of a float's.
//
//   fixed_row<1024, 64> row;                     // up to 1,024 numbers, of which 64 are read in a cycle
//   row.load(stream, cols, cols);                // a row of vec<float, 16>
//   sum += row.dot(first, k);                    // int64_t: the numbers from `first` on times a vec<int8_t, 64>
//   float x = row.value(sum, edges);
//
// A number keeps all its 24 bits while it is larger than 2^-6 of the largest; smaller ones are rounded to 2^-31 of it.
// Infinities and NaN are none of these numbers: `edges` says what they do to a sum.
#pragma once
#include "math.hpp"
#include "pack.hpp"

namespace hls_lib {

// What infinities and NaN among the numbers make of a sum.
struct sum_edges {
  bool up = false;
  bool down = false;
  bool undefined = false;

  // A number that is an infinity or NaN, times k.
  void meet(int edge, int k) {
#pragma HLS inline
    undefined |= edge == kNan || (edge != 0 && k == 0);
    up |= edge != kNan && edge * k > 0;
    down |= edge != kNan && edge * k < 0;
  }

  // The sum, if that of the other numbers is `finite`.
  float value(float finite) const {
#pragma HLS inline
    const float inf = std::numeric_limits<float>::infinity();
    if (undefined || (up && down)) return std::numeric_limits<float>::quiet_NaN();
    if (up || down) return up ? inf : -inf;
    return finite;
  }

  // What a float is to a sum: 0, the sign of an infinity, or kNan.
  static int edge(uint32_t bits) {
#pragma HLS inline
    if ((bits >> 23 & 255) != 255) return 0;
    return bits & 0x7fffff ? kNan : bits >> 31 ? -1 : 1;
  }

  static constexpr int kNan = 2;
};

// A float in fixed-point: in units of 2^(largest - 150 - MORE), which leave MORE bits below the last one of a float
// with the exponent `largest`. Smaller floats are rounded. Zero for infinities and NaN.
template <int MORE>
inline int32_t fixed(uint32_t bits, int largest) {
#pragma HLS inline
  const int exponent = bits >> 23 & 255;
  if (exponent == 255) return 0;
  const int32_t fraction = (bits & 0x7fffff) | (exponent > 0 ? 0x800000 : 0);
  const int below = largest - (exponent > 0 ? exponent : 1);
  const int32_t wide = fraction << MORE;
  // Rounded: half of the last bit is added before the bits below it go.
  const int32_t size = below > 30 ? 0 : (wide + ((int32_t(1) << below) >> 1)) >> below;
  return bits >> 31 ? -size : size;
}

inline float two_to(int exponent) { return bits_as<float>(uint32_t(exponent + 127) << 23); }

template <int SIZE, int W>
class fixed_row {
 public:
  // Numbers from `cols` up to `padded` become zero.
  template <class T, int WV>
  void load(hls::stream<vec<T, WV>>& in, int cols, int padded) {
#pragma HLS array_partition variable=high_ cyclic factor=W
#pragma HLS array_partition variable=low_ cyclic factor=W
#pragma HLS array_partition variable=edge_ cyclic factor=W
    int largest = 1;
    bool edges = false;
  keep_floats:
    for (int c = 0; c < cols; c += WV) {
#pragma HLS pipeline II=1
      const vec<T, WV> lanes = in.read();
      int exponent[WV];
#pragma HLS array_partition variable=exponent complete
      for (int l = 0; l < WV; ++l) {
#pragma HLS unroll
        const uint32_t bits = c + l < cols ? bits_as<uint32_t>(cast<float>(lanes[l])) : 0;
        high_[c + l] = static_cast<int16_t>(bits >> 16);
        low_[c + l] = static_cast<int16_t>(bits);
        exponent[l] = bits >> 23 & 255;
      }
      for (int l = 0; l < WV; ++l) {
#pragma HLS unroll
        edges |= exponent[l] == 255;
        if (exponent[l] != 255 && exponent[l] > largest) largest = exponent[l];
      }
    }
    // A bit is worth 2^(largest - 150 - kMore), which may be less than a float can be: half of the exponent each.
    const int exponent = largest - 150 - kMore;
    scale_ = two_to(exponent / 2);
    more_scale_ = two_to(exponent - exponent / 2);
    edges_ = edges;
    constexpr int kLanes = SIZE < 8 ? SIZE : 8;
  to_fixed:
    for (int c = 0; c < padded; c += kLanes) {
#pragma HLS pipeline II=1
      for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
        const uint32_t kept = uint32_t(uint16_t(high_[c + l])) << 16 | uint16_t(low_[c + l]);
        const uint32_t bits = c + l < cols ? kept : 0;
        const int32_t number = fixed<kMore>(bits, largest);
        high_[c + l] = number >> kLow;
        low_[c + l] = number & ((1 << kLow) - 1);
        edge_[c + l] = sum_edges::edge(bits);
      }
    }
  }

  bool has_edges() const { return edges_; }

  // The numbers from `first` on times those of k.
  int64_t dot(int first, const vec<int8_t, W>& k) const {
#pragma HLS inline
    int16_t wide[W];
#pragma HLS array_partition variable=wide complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      wide[l] = k[l];
    }
    int32_t high = 0;
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      high += wide[l] * high_[first + l];
    }
    int32_t low = 0;
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      low += wide[l] * low_[first + l];
    }
    return high * (int64_t(1) << kLow) + low;
  }

  // What number i, times k, makes of a sum if it is an infinity or NaN.
  void meet(int i, int8_t k, sum_edges& edges) const {
#pragma HLS inline
    edges.meet(edge_[i], k);
  }

  float value(int64_t sum, const sum_edges& edges) const {
#pragma HLS inline
    return edges.value(static_cast<float>(sum) * scale_ * more_scale_);
  }

 private:
  static constexpr int kMore = 6;  // bits below the last one of the largest number
  static constexpr int kLow = 15;  // bits of a number's lower part; the higher one has a sign and 15

  // The two halves of a float, until it has become a number.
  int16_t high_[SIZE];
  int16_t low_[SIZE];
  int8_t edge_[SIZE];
  float scale_ = 0;
  float more_scale_ = 0;
  bool edges_ = false;
};

}  // namespace hls_lib
