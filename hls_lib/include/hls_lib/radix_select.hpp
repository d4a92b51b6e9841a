// The k best of long rows, which are kept on chip: the k-th best is found digit by digit.
//
//   topk_by_radix<float, 16, 16, 65536, 2048, true, true>(in, values, indices, rows, cols, k);   // cols <= 65536;
//   sorted
//
// While a row comes in, the first digits of its values are counted. The counts say which digit the k-th best has, and
// one pass over the row, two vectors a cycle, packs what can be among the k best to its front and counts the second
// digits. What is left is short from then on. The last ones are sorted where that is asked for.
#pragma once
#include "sort.hpp"

namespace hls_lib {

// Ranks as unsigned numbers without the bits that no T has, and their digits.
template <class T, bool LARGEST>
struct radix {
  using key_t = std::make_unsigned_t<rank_t<T>>;
  static constexpr int kRankBits = 8 * sizeof(key_t);
  // Bytes are within -256 and 255 with their complements. A half has 10 bits of a float's 23 after the point.
  static constexpr int kBits = sizeof(T) == 1                  ? 9
                               : std::is_same_v<T, half_t>     ? 19
                               : std::is_same_v<T, bfloat16_t> ? 16
                                                               : kRankBits;
  static constexpr int kDigits = (kBits + 7) / 8;
  static constexpr int kDigitBits = (kBits + kDigits - 1) / kDigits;
  static constexpr int kBins = 1 << kDigitBits;

  static key_t key(T value) {
#pragma HLS inline
    const key_t rank = key_t(rank_of<T, LARGEST>(value));
    if constexpr (sizeof(T) == 1) {
      return rank + (key_t(1) << (kBits - 1));
    } else {
      return (rank ^ (key_t(1) << (kRankBits - 1))) >> (kRankBits - kBits);
    }
  }
  // What is left of `digit` digits.
  static int shift_after(int digit) { return (kDigits - digit) * kDigitBits; }
};

// Moves the lanes that are taken to the front, in their order. `ahead` counts those before each lane.
template <class T, int L>
inline void pack_taken(T (&value)[L], int (&index)[L], const int (&taken)[L], const int (&ahead)[L]) {
#pragma HLS inline
  int way[L + L / 2];
  T values[L + L / 2];
  int indices[L + L / 2];
#pragma HLS array_partition variable=way complete
#pragma HLS array_partition variable=values complete
#pragma HLS array_partition variable=indices complete
  for (int l = 0; l < L + L / 2; ++l) {
#pragma HLS unroll
    // Where nothing is taken nothing moves: no bit of the way to go is set.
    way[l] = l < L && taken[l] ? l - ahead[l] : 0;
    values[l] = l < L ? value[l] : T(0);
    indices[l] = l < L ? index[l] : 0;
  }
  for (int step = 1; step < L; step *= 2) {
#pragma HLS unroll
    for (int l = 0; l < L; ++l) {
#pragma HLS unroll
      // Lanes to the right are still as they were, for they come later.
      const bool comes = (way[l + step] & step) != 0;
      value[l] = comes ? values[l + step] : values[l];
      index[l] = comes ? indices[l + step] : indices[l];
      way[l] = comes ? way[l + step] : way[l] & step ? 0 : way[l];
    }
    for (int l = 0; l < L; ++l) {
#pragma HLS unroll
      values[l] = value[l];
      indices[l] = index[l];
    }
  }
}

// Turns the lanes to the right.
template <class U, int L>
inline void turn_lanes(U (&lane)[L], int places) {
#pragma HLS inline
  for (int step = 1; step < L; step *= 2) {
#pragma HLS unroll
    U turned[2 * L];
#pragma HLS array_partition variable=turned complete
    for (int l = 0; l < L; ++l) {
#pragma HLS unroll
      turned[l] = turned[L + l] = lane[l];
    }
    for (int l = 0; l < L; ++l) {
#pragma HLS unroll
      lane[l] = places & step ? turned[L + l - step] : lane[l];
    }
  }
}

template <class T, int W, int WO, int MAX_COLS, int MAX_K, bool LARGEST, bool SORTED>
void topk_by_radix(hls::stream<vec<T, W>>& in, hls::stream<vec<T, WO>>& values, hls::stream<vec<int64_t, WO>>& indices,
                   int rows, int cols, int k) {
  using digits = radix<T, LARGEST>;
  using key_t = typename digits::key_t;
  constexpr int kLanes = 2 * W;
  constexpr int kVectors = vectors_in(MAX_COLS, kLanes);
  constexpr int kSorted = MAX_K > kLanes ? MAX_K : kLanes;
  T value[kVectors][kLanes];
  int index[kVectors][kLanes];
  // A count is read and written again two cycles later, so that every lane has two that take turns.
  int count[digits::kBins][2][kLanes];
#pragma HLS array_partition variable=value dim=2 complete
#pragma HLS array_partition variable=index dim=2 complete
#pragma HLS array_partition variable=count dim=2 complete
#pragma HLS array_partition variable=count dim=3 complete
  bitonic_sorter<T, W, kSorted, LARGEST> sorter;
  const int size = power_of_two(k, kLanes);
clear_counts:
  for (int bin = 0; bin < digits::kBins; ++bin) {
#pragma HLS pipeline II=1
    for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
      count[bin][0][l] = count[bin][1][l] = 0;
    }
  }
  for (int r = 0; r < rows; ++r) {
  scan_row:
    for (int i = 0; i < vectors_in(cols, W); ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=count type=inter direction=RAW distance=2 true
      const vec<T, W> lanes = in.read();
      const int half = i % 2 * W;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        value[i / 2][half + l] = lanes[l];
        count[digits::key(lanes[l]) >> digits::shift_after(1)][i / 2 % 2][half + l] += i * W + l < cols;
      }
    }
    // Those kept so far are `held`; the first digits of the k-th best are `prefix`. Of those that begin so, `wanted`
    // are among the k best.
    int held = cols;
    int wanted = k;
    key_t prefix = 0;
    bool is_found = false;
    for (int digit = 1; digit <= digits::kDigits && !is_found; ++digit) {
      int above = 0;
      int equal = 0;
      int picked = -1;
    pick_digit:
      for (int i = 0; i < digits::kBins; ++i) {
#pragma HLS pipeline II=1
        const int bin = digits::kBins - 1 - i;
        int of_lane[kLanes];
#pragma HLS array_partition variable=of_lane complete
        for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
          of_lane[l] = count[bin][0][l] + count[bin][1][l];
          count[bin][0][l] = count[bin][1][l] = 0;
        }
        const int all = tree<sum_op>(of_lane);
        if (picked < 0 && above + all >= wanted) {
          picked = bin;
          equal = all;
        } else if (picked < 0) {
          above += all;
        }
      }
      prefix = prefix << digits::kDigitBits | key_t(picked);
      wanted -= above;
      const int shift = digits::shift_after(digit);
      // What a sort can take need not be divided any more.
      is_found = shift == 0 || k - wanted + equal <= (SORTED ? size : k);
      const int next_shift = is_found ? 0 : shift - digits::kDigitBits;
      int room = shift == 0 ? wanted : std::numeric_limits<int>::max();
      int fill = 0;
    keep_best:
      for (int i = 0; i < vectors_in(held, kLanes); ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=value type=inter false
#pragma HLS dependence variable=index type=inter false
#pragma HLS dependence variable=count type=inter direction=RAW distance=2 true
        key_t key[kLanes];
        T lanes[kLanes];
        int places[kLanes], is_above[kLanes], is_equal[kLanes];
#pragma HLS array_partition variable=key complete
#pragma HLS array_partition variable=lanes complete
#pragma HLS array_partition variable=places complete
#pragma HLS array_partition variable=is_above complete
#pragma HLS array_partition variable=is_equal complete
        int hits = 0;
        for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
          const int place = i * kLanes + l;
          lanes[l] = value[i][l];
          places[l] = digit == 1 ? place : index[i][l];
          key[l] = digits::key(lanes[l]);
          is_above[l] = (place < held) & (key[l] >> shift > prefix);
          is_equal[l] = (place < held) & (key[l] >> shift == prefix);
          hits |= is_above[l] | is_equal[l];
        }
        if (!hits) continue;
        int taken[kLanes], ahead[kLanes];
#pragma HLS array_partition variable=taken complete
#pragma HLS array_partition variable=ahead complete
        int equals = 0;
        int takes = 0;
        for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
          count[key[l] >> next_shift & (digits::kBins - 1)][i % 2][l] += is_equal[l] & !is_found;
          taken[l] = is_above[l] | (is_equal[l] & (equals < room));
          ahead[l] = takes;
          equals += is_equal[l];
          takes += taken[l];
        }
        pack_taken(lanes, places, taken, ahead);
        // They go on where those before them end: to what was read in this iteration, or before.
        const int first = fill % kLanes;
        turn_lanes(lanes, first);
        turn_lanes(places, first);
        for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
          const int vector = fill / kLanes + (l < first);
          if (((l - first) & (kLanes - 1)) >= takes) continue;
          value[vector][l] = lanes[l];
          index[vector][l] = places[l];
        }
        room -= equals;
        fill += takes;
      }
      held = fill;
    }
    if constexpr (SORTED) {
    order_best:
      for (int i = 0; i < vectors_in(held, kLanes); ++i) {
#pragma HLS pipeline II=1
        for (int l = 0; l < kLanes; ++l) {
#pragma HLS unroll
          const bool there = i * kLanes + l < held;
          sorter.put(2 * i + l / W, l % W, there ? value[i][l] : worst_value<T, LARGEST>(),
                     there ? index[i][l] : std::numeric_limits<int>::max());
        }
      }
      sorter.pad(2 * vectors_in(held, kLanes), size);
      sorter.sort(size);
      sorter.give(k, values, indices);
    } else {
      give_first(value, index, k, values, indices);
    }
  }
}

}  // namespace hls_lib
