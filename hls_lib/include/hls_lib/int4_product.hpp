// A matrix of 4-bit numbers, GROUP of which share a scale, times a vector that is kept on chip: a vector of bytes, of
// two numbers each, a cycle, rows without a gap.
//
//   // sums[r] = sum_c number[r][c] * scales[r][c / 32] * vector[c], packed into rows of out_cols
//   int4_product<uint8_t, float, 64, 16, 16, 16, 32, 4096, false, false>(matrix, vector, scales, sums, rows, cols,
//   rows);
//
// Parameters: the types of the bytes and of the scales; lanes of the four streams; numbers with one scale; columns at
// most; whether a number has a sign, else it is 8 less than its bits; whether a byte has a number of the first half of
// its group and one of the second, else one of an even column and one of the next; the lower bits are the first of
// them. `cols` are whole vectors of bytes, and a row of scales begins with a vector of them.
//
// A number takes one narrow multiplier, and the sum of a group is exact. Numbers of the vector are fixed-point in units
// of their group's own: they keep all 24 bits while larger than a quarter of the largest of the group, and smaller ones
// are rounded to 2^-26 of it.
#pragma once
#include "fixed.hpp"
#include "ops.hpp"
#include "pack.hpp"

namespace hls_lib {

// A row of floats as fixed-point numbers of 27 bits, and the unit of each GROUP of them; W are read in a cycle.
template <int SIZE, int W, int GROUP>
class fixed_groups {
 public:
  template <int WV>
  void load(hls::stream<vec<float, WV>>& in, int cols) {
    static_assert(GROUP % WV == 0, "a vector is of one group");
#pragma HLS array_partition variable=high_ cyclic factor=W
#pragma HLS array_partition variable=low_ cyclic factor=W
#pragma HLS array_partition variable=edge_ cyclic factor=W
#pragma HLS array_partition variable=unit_ cyclic factor=kUnits
    int largest[SIZE / GROUP];
    int so_far = kLeast;
    bool edges = false;
  keep_floats:
    for (int c = 0; c < cols; c += WV) {
#pragma HLS pipeline II=1
      const vec<float, WV> lanes = in.read();
      if (c % GROUP == 0) so_far = kLeast;
      for (int l = 0; l < WV; ++l) {
#pragma HLS unroll
        const uint32_t bits = bits_as<uint32_t>(lanes[l]);
        high_[c + l] = static_cast<int16_t>(bits >> 16);
        low_[c + l] = static_cast<uint16_t>(bits);
        const int exponent = bits >> 23 & 255;
        edges |= exponent == 255;
        if (exponent != 255 && exponent > so_far) so_far = exponent;
      }
      largest[c / GROUP] = so_far;
    }
    edges_ = edges;
  to_fixed:
    for (int c = 0; c < cols; c += kLanes) {
#pragma HLS pipeline II=1
      const int exponent = largest[c / GROUP];
      for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
        const uint32_t bits = uint32_t(uint16_t(high_[c + l])) << 16 | low_[c + l];
        const int32_t number = fixed<kMore>(bits, exponent);
        high_[c + l] = number >> kLow;
        low_[c + l] = number & kLowBits;
        edge_[c + l] = sum_edges::edge(bits);
      }
      unit_[c / GROUP] = two_to(exponent - 150 - kMore);
    }
  }

  // Number i of the row, of 27 bits.
  int32_t number(int i) const {
#pragma HLS inline
    return high_[i] * (1 << kLow) + (low_[i] & kLowBits);
  }

  bool has_edges() const { return edges_; }
  int edge(int i) const { return edge_[i]; }
  float unit(int group) const { return unit_[group]; }

 private:
  static constexpr int kMore = 2;  // bits below the last one of the largest number
  static constexpr int kLow = 11;  // bits of a number's lower part; the higher one has a sign and 15
  static constexpr int kLowBits = (1 << kLow) - 1;
  static constexpr int kLeast = 24 + kMore;  // of the exponents that a unit is made of: none is a denormal
  static constexpr int kLanes = 16;
  static constexpr int kUnits = W / GROUP;

  // The two halves of a float, until it has become a number.
  int16_t high_[SIZE];
  uint16_t low_[SIZE];
  int8_t edge_[SIZE];
  float unit_[SIZE / GROUP];
  bool edges_ = false;
};

template <bool SIGNED>
inline int int4(uint8_t bits) {
#pragma HLS inline
  return SIGNED ? ((bits & 15) ^ 8) - 8 : (bits & 15) - 8;
}

template <class TM, class TS, int W, int WV, int WS, int WO, int GROUP, int MAX_COLS, bool SIGNED, bool HALVES>
void int4_product(hls::stream<vec<TM, W>>& matrix, hls::stream<vec<float, WV>>& vector,
                  hls::stream<vec<TS, WS>>& scales, hls::stream<vec<float, WO>>& out, int rows, int cols,
                  int out_cols) {
  constexpr int kGroups = 2 * W / GROUP;
  constexpr int kTurns = WS / kGroups;
  static_assert(kGroups > 0 && kTurns > 0, "a scale for less than a vector of numbers");
  fixed_groups<MAX_COLS, 2 * W, GROUP> held;
  held.load(vector, cols);
  row_packer<float, WO> packer;
  running_tree<sum_op, float, levels_for(MAX_COLS / (2 * W))> sums;
  const int steps = cols / (2 * W);
  vec<TS, WS> scale = {};
  int step = 0;
  int turn = 0;
dot:
  for (int i = 0; i < rows * steps; ++i) {
#pragma HLS pipeline II=1
    const vec<TM, W> bytes = matrix.read();
    if (turn == 0) scale = scales.read();
    float product[kGroups];
#pragma HLS array_partition variable=product complete
    for (int g = 0; g < kGroups; ++g) {
#pragma HLS unroll
      int64_t sum = 0;
      sum_edges edges;
      for (int l = 0; l < GROUP / 2; ++l) {
#pragma HLS unroll
        const uint8_t byte = static_cast<uint8_t>(bytes[g * (GROUP / 2) + l]);
        const int group = step * 2 * W + g * GROUP;
        const int low = group + (HALVES ? l : 2 * l);
        const int high = low + (HALVES ? GROUP / 2 : 1);
        sum += held.number(low) * int4<SIGNED>(byte);
        sum += held.number(high) * int4<SIGNED>(byte >> 4);
        if (held.has_edges()) {
          edges.meet(held.edge(low), int4<SIGNED>(byte));
          edges.meet(held.edge(high), int4<SIGNED>(byte >> 4));
        }
      }
      const float number = edges.value(static_cast<float>(sum) * held.unit(step * kGroups + g));
      product[g] = mul(number, cast<float>(scale[turn * kGroups + g]));
    }
    float row = tree<sum_op>(product);
    const bool last = step == steps - 1;
    if (sums.add(row, step, last)) packer.push(row, out_cols, out);
    step = last ? 0 : step + 1;
    turn = last || turn == kTurns - 1 ? 0 : turn + 1;
  }
}

}  // namespace hls_lib
