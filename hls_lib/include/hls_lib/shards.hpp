// What blocks of rows, each worked on by tasks of its own, become together.
//
//   // of a matrix whose rows lie in three channels of memory, one block behind the other
//   stream<vec<float, 16>, 8> scores[3];
//   region.task<join_blocks<float, 16, 16, 3, 8>>("join", out, rows, cols, each, scores);
//   region.task<merge_topk<float, 16, 64, true, 3, 2, 2>>("merge", values, indices, k, each, last, best, where);
#pragma once
#include "ops.hpp"
#include "pack.hpp"
#include "topk.hpp"

namespace hls_lib {

// Rows of `cols` results, block after block: of `each` results, the last block of what remains. They come in vectors of
// WI lanes: as many as they leave in, where no block ends inside a vector, or one by one.
template <class T, int WI, int W, int N, int DEPTH>
void join_blocks(hls::stream<vec<T, W>>& out, int rows, int cols, int each, hls::stream<vec<T, WI>, DEPTH> (&in)[N]) {
  static_assert(WI == W || WI == 1, "whole vectors, or scalars to pack");
  row_packer<T, W> packer;
  const int count = vectors_in(rows * cols, WI);
  const int each_block = each / WI;
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

// The best so far of one block in a merge; of equals the block whose rows come first.
template <class T>
struct front_runner {
  rank_t<T> rank;
  int block;
  bool there;
};

struct better_op {
  template <class T>
  static front_runner<T> combine(const front_runner<T>& a, const front_runner<T>& b) {
#pragma HLS inline
    const bool first = a.rank > b.rank || (a.rank == b.rank && a.block < b.block);
    return a.there && (first || !b.there) ? a : b;
  }
};

// The k best of the sorted best of N blocks: of `each` rows, the last block of `last` rows.
template <class T, int W, int MAX_K, bool LARGEST, int N, int VALUE_DEPTH, int INDEX_DEPTH>
void merge_topk(hls::stream<vec<T, W>>& values, hls::stream<vec<int64_t, W>>& indices, int k, int each, int last,
                hls::stream<vec<T, 1>, VALUE_DEPTH> (&block_values)[N],
                hls::stream<vec<int64_t, 1>, INDEX_DEPTH> (&block_indices)[N]) {
  T value[N][MAX_K];
  int64_t index[N][MAX_K];
#pragma HLS array_partition variable=value dim=1 complete
#pragma HLS array_partition variable=index dim=1 complete
  const int of_each = each < k ? each : k;
  const int of_last = last < k ? last : k;
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
  row_packer<T, W> value_packer;
  row_packer<int64_t, W> index_packer;
merge:
  for (int i = 0; i < k; ++i) {
#pragma HLS pipeline II=8
    front_runner<T> runner[N];
#pragma HLS array_partition variable=runner complete
    for (int n = 0; n < N; ++n) {
#pragma HLS unroll
      const bool there = place[n] < (n == N - 1 ? of_last : of_each);
      runner[n] = {rank_of<T, LARGEST>(value[n][there ? place[n] : 0]), n, there};
    }
    const int best = tree<better_op>(runner).block;
    T best_value = {};
    int64_t best_index = 0;
    for (int n = 0; n < N; ++n) {
#pragma HLS unroll
      if (n != best) continue;
      best_value = value[n][place[n]];
      best_index = index[n][place[n]];
      ++place[n];
    }
    value_packer.push(best_value, k, values);
    index_packer.push(best_index, k, indices);
  }
}

}  // namespace hls_lib
