// Dot products of streamed matrix rows with a few vectors held on chip: one pass over memory for all of them.
//
//   // scores[b][r][v] = sum_c matrix[b][r][c] * vectors[b][v][c], packed into rows of out_cols
//   matmul<int8_t, float, float, float, 64, 16, 16, 1, 128>(matrix, vectors, scores, batches, rows, cols, out_cols);
//
// Parameters: the types of matrix, vectors, result and sum; lanes of the three streams; vectors held; columns at most;
// whether the results of a row go into one vector (row_packer::push_all), as a vector a cycle needs.
// A vector a cycle goes through W multipliers and a tree of adders for each vector held, and the vectors of a row
// through a tree over time (ops.hpp), so that no row waits for the one before.
#pragma once
#include "ops.hpp"
#include "pack.hpp"
#include "row_buffer.hpp"

namespace hls_lib {

template <class TM, class TV, class TO, class ACC, int W, int WV, int WO, int B, int MAX_COLS, bool TOGETHER = false>
void matmul(hls::stream<vec<TM, W>>& matrix, hls::stream<vec<TV, WV>>& vectors, hls::stream<vec<TO, WO>>& out,
            int batches, int rows, int cols, int out_cols) {
  constexpr int kSize = buffer_size(MAX_COLS, W, WV);
  ACC held[B][kSize];
#pragma HLS array_partition variable=held dim=1 complete
#pragma HLS array_partition variable=held dim=2 cyclic factor=W
  running_tree<sum_op, ACC, levels_for(vectors_in(MAX_COLS, W))> sums[B];
#pragma HLS array_partition variable=sums complete
  row_packer<TO, WO> packer;
  const int steps = vectors_in(cols, W);
  const int last_lanes = cols - (steps - 1) * W;
  for (int c = cols; c < steps * W; ++c) {
    for (int b = 0; b < B; ++b) {
#pragma HLS unroll
      held[b][c] = ACC(0);
    }
  }
  for (int batch = 0; batch < batches; ++batch) {
    for (int b = 0; b < B; ++b) load_row(vectors, held[b], cols);
    int step = 0;
  dot:
    for (int i = 0; i < rows * steps; ++i) {
#pragma HLS pipeline II=1
      vec<TM, W> row = matrix.read();
      const bool last = step == steps - 1;
      // Padding may hold NaN, and NaN times the zero held for it is NaN.
      if (last) {
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          if (l >= last_lanes) row[l] = TM(0);
        }
      }
      TO made[B];
#pragma HLS array_partition variable=made complete
      for (int b = 0; b < B; ++b) {
#pragma HLS unroll
        ACC product[W];
#pragma HLS array_partition variable=product complete
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          product[l] = mul(cast<ACC>(row[l]), held[b][step * W + l]);
        }
        ACC sum = tree<sum_op>(product);
        sums[b].add(sum, step, last);
        made[b] = cast<TO>(sum);
      }
      if (last) {
        if constexpr (TOGETHER) {
          packer.push_all(made, out_cols, out);
        } else {
          for (int b = 0; b < B; ++b) packer.push(made[b], out_cols, out);
        }
      }
      step = last ? 0 : step + 1;
    }
  }
}

}  // namespace hls_lib
