// Weighted sums of streamed matrix rows, M of them in one pass over memory: attention's second half.
//
//   // out[b][m][c] = sum_r weights[b][m][r] * matrix[b][r][c]
//   row_sum<float, float, float, float, 16, 16, 1, 128, 64>(matrix, weights, out, batches, rows, cols);
//
// Parameters: the types of matrix, weights, result and sum; lanes of matrix and result, and of weights; sums; columns
// and rows at most. Rows follow each other without a gap. Consecutive vectors go to different columns, so the latency
// of the adders is hidden where a row has as many vectors.
#pragma once
#include "row_buffer.hpp"

namespace hls_lib {

template <class TM, class TV, class TO, class ACC, int W, int WV, int M, int MAX_COLS, int MAX_ROWS>
void row_sum(hls::stream<vec<TM, W>>& matrix, hls::stream<vec<TV, WV>>& weights, hls::stream<vec<TO, W>>& out,
             int batches, int rows, int cols) {
  constexpr int kSize = buffer_size(MAX_COLS, W);
  // MAX_COLS is the power of two from `cols` on: iterations from one sum of a column to the next, at least.
  [[maybe_unused]] constexpr int kApart = MAX_COLS / 2 / W + 1;
  ACC weight[M][buffer_size(MAX_ROWS, WV)];
#pragma HLS array_partition variable=weight dim=1 complete
#pragma HLS array_partition variable=weight dim=2 cyclic factor=WV
  ACC sum[M][kSize];
#pragma HLS array_partition variable=sum dim=1 complete
#pragma HLS array_partition variable=sum dim=2 cyclic factor=W
  for (int batch = 0; batch < batches; ++batch) {
    for (int m = 0; m < M; ++m) load_row(weights, weight[m], rows);
    int r = 0;
    int c = 0;
  accumulate:
    for (int i = 0; i < rows * vectors_in(cols, W); ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=sum type=inter direction=RAW distance=kApart true
      const vec<TM, W> row = matrix.read();
      for (int m = 0; m < M; ++m) {
#pragma HLS unroll
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          const ACC before = r == 0 ? ACC(0) : sum[m][c + l];
          sum[m][c + l] = add(before, mul(cast<ACC>(row[l]), weight[m][r]));
        }
      }
      const bool ends = c + W >= cols;
      c = ends ? 0 : c + W;
      r += ends;
    }
    for (int m = 0; m < M; ++m) {
    write_sums:
      for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
        vec<TO, W> lanes;
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          lanes[l] = cast<TO>(sum[m][c + l]);
        }
        out.write(lanes);
      }
    }
  }
}

}  // namespace hls_lib
