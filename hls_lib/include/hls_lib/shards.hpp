// What blocks of rows, each worked on by tasks of its own, become together.
//
//   // of a matrix whose rows lie in three channels of memory, one block behind the other
//   stream<vec<float, 16>, 8> scores[3];
//   region.task<join_blocks<float, 16, 16, 3, 8>>("join", out, rows, cols, each, times, scores);
//   region.task<merge_topk<float, 16, 64, true, 3, 2, 2>>("merge", values, indices, k, each, last, times, best, where);
#pragma once
#include "ops.hpp"
#include "pack.hpp"
#include "topk.hpp"

namespace hls_lib {

// Rows of `cols` results, block after block: of `each` results, the last block of what remains; all `times` one after
// the other. They come in vectors of WI lanes: as many as they leave in, where no block ends inside a vector, or one by
// one.
template <class T, int WI, int W, int N, int DEPTH>
void join_blocks(hls::stream<vec<T, W>>& out, int rows, int cols, int each, int times,
                 hls::stream<vec<T, WI>, DEPTH> (&in)[N]) {
  static_assert(WI == W || WI == 1, "whole vectors, or scalars to pack");
  row_packer<T, W> packer;
  const int count = vectors_in(rows * cols, WI);
  const int each_block = each / WI;
  for (int t = 0; t < times; ++t) {
    int block = 0;
    int place = 0;
  join:
    for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
      vec<T, WI> value;
      for (int n = 0; n < N; ++n) {
#pragma HLS unroll
        if (n == block) in[n].read(value);
      }
      if constexpr (WI == W) {
        out.write(value);
      } else {
        packer.push(value[0], cols, out);
      }
      const bool ends = ++place == each_block;
      if (ends) place = 0;
      block += ends;
    }
  }
}

// The best of some blocks that has not moved on, in a merge.
template <class T>
struct front_runner {
  rank_t<T> rank = {};
  T value = {};
  int64_t index = 0;
  bool there = false;
};

// A tree of front runners: each node has the best of its blocks but for those that are above it. What leaves the top
// makes a hole that moves down to a block, each node on its way taking the better of those below it. All nodes compare
// at once what was there before, so the next one can leave two cycles later. Of equals the one on the left goes first,
// whose rows come first.
template <class T, int N>
class merge_tree {
 public:
  static constexpr int kLevels = levels_for(N);

  front_runner<T> top() const { return node_[1]; }

  // The next of all; `next(n)` is the next front runner of block n, taken from it.
  template <class Next>
  void move(Next next) {
#pragma HLS inline
#pragma HLS array_partition variable=node_ complete
    bool hole[2 * kLeaves] = {};
#pragma HLS array_partition variable=hole complete
    hole[1] = true;
    for (int i = 1; i < kLeaves; ++i) {
#pragma HLS unroll
      const front_runner<T> left = node_[2 * i], right = node_[2 * i + 1];
      const bool goes_left = left.there && (!right.there || left.rank >= right.rank);
      if (!hole[i] && node_[i].there) continue;
      node_[i] = goes_left ? left : right;
      hole[2 * i + (goes_left ? 0 : 1)] = true;
    }
    for (int n = 0; n < N; ++n) {
#pragma HLS unroll
      if (hole[kLeaves + n] || !node_[kLeaves + n].there) node_[kLeaves + n] = next(n);
    }
  }

 private:
  static constexpr int kLeaves = 1 << kLevels;

  front_runner<T> node_[2 * kLeaves] = {};
};

// The k best of the sorted best of N blocks: of `each` rows, the last block of `last` rows; `times` one after the
// other.
template <class T, int W, int MAX_K, bool LARGEST, int N, int VALUE_DEPTH, int INDEX_DEPTH>
void merge_topk(hls::stream<vec<T, W>>& values, hls::stream<vec<int64_t, W>>& indices, int k, int each, int last,
                int times, hls::stream<vec<T, 1>, VALUE_DEPTH> (&block_values)[N],
                hls::stream<vec<int64_t, 1>, INDEX_DEPTH> (&block_indices)[N]) {
  T value[N][MAX_K];
  int64_t index[N][MAX_K];
#pragma HLS array_partition variable=value dim=1 complete
#pragma HLS array_partition variable=index dim=1 complete
  const int of_each = each < k ? each : k;
  const int of_last = last < k ? last : k;
  row_packer<T, W> value_packer;
  row_packer<int64_t, W> index_packer;
  // The first ones climb from the blocks to the top.
  constexpr int kClimb = merge_tree<T, N>::kLevels + 1;
  for (int t = 0; t < times; ++t) {
  collect:
    for (int i = 0; i < k; ++i) {
#pragma HLS pipeline II=1
      for (int n = 0; n < N; ++n) {
#pragma HLS unroll
        if (i >= (n == N - 1 ? of_last : of_each)) continue;
        value[n][i] = block_values[n].read()[0];
        index[n][i] = block_indices[n].read()[0];
      }
    }
    int place[N] = {};
#pragma HLS array_partition variable=place complete
    merge_tree<T, N> tree;
  merge:
    for (int i = 0; i < k + kClimb; ++i) {
#pragma HLS pipeline II=2
      const front_runner<T> best = tree.top();
      if (i >= kClimb) {
        value_packer.push(best.value, k, values);
        index_packer.push(best.index, k, indices);
      }
      tree.move([&](int n) {
#pragma HLS inline
        front_runner<T> next;
        next.there = place[n] < (n == N - 1 ? of_last : of_each);
        if (next.there) {
          next.value = value[n][place[n]];
          next.index = index[n][place[n]];
          next.rank = rank_of<T, LARGEST>(next.value);
          ++place[n];
        }
        return next;
      });
    }
  }
}

}  // namespace hls_lib
