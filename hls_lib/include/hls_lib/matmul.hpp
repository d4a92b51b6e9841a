// Dot products of streamed matrix rows with a few vectors held on chip: one pass over memory for all of them.
//
//   // scores[b][r][v] = sum_c matrix[b][r][c] * vectors[b][v][c], packed into rows of out_cols
//   matmul<int8_t, float, float, float, 64, 16, 16, 1, 128>(matrix, vectors, scores, batches, rows, cols, out_cols);
//
// Parameters: the types of matrix, vectors, result and sum; lanes of the three streams; vectors held; columns at most.
// A vector a cycle goes through W multipliers and a tree of adders for each vector held.
#pragma once
#include "ops.hpp"
#include "pack.hpp"
#include "row_buffer.hpp"

namespace hls_lib {

template <class TM, class TV, class TO, class ACC, int W, int WV, int WO, int B, int MAX_COLS>
void matmul(hls::stream<vec<TM, W>>& matrix, hls::stream<vec<TV, WV>>& vectors, hls::stream<vec<TO, WO>>& out,
            int batches, int rows, int cols, int out_cols) {
  constexpr int kSize = buffer_size(MAX_COLS, W, WV);
  ACC held[B][kSize];
#pragma HLS array_partition variable=held dim=1 complete
#pragma HLS array_partition variable=held dim=2 cyclic factor=W
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
    for (int r = 0; r < rows; ++r) {
      partials<sum_op, ACC> sum[B];
#pragma HLS array_partition variable=sum complete
    dot:
      for (int s = 0; s < steps; ++s) {
#pragma HLS pipeline II=1
        vec<TM, W> row = matrix.read();
        // Padding may hold NaN, and NaN times the zero held for it is NaN.
        if (s == steps - 1) {
          for (int l = 0; l < W; ++l) {
#pragma HLS unroll
            if (l >= last_lanes) row[l] = TM(0);
          }
        }
        for (int b = 0; b < B; ++b) {
#pragma HLS unroll
          ACC product[W];
#pragma HLS array_partition variable=product complete
          for (int l = 0; l < W; ++l) {
#pragma HLS unroll
            product[l] = mul(cast<ACC>(row[l]), held[b][s * W + l]);
          }
          sum[b].add(tree<sum_op>(product));
        }
      }
      for (int b = 0; b < B; ++b) packer.push(cast<TO>(sum[b].result()), out_cols, out);
    }
  }
}

}  // namespace hls_lib
