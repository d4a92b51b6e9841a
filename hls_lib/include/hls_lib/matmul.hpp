// Dot products of streamed matrix rows with a few vectors held on chip: one pass over memory for all of them, a vector
// of lanes a cycle, rows without a gap.
//
//   // scores[b][r][v] = sum_c matrix[b][r][c] * vectors[b][v][c], packed into rows of out_cols
//   matmul<int8_t, float, float, float, 64, 16, 16, 1, 128>(matrix, vectors, scores, batches, rows, cols, out_cols);
//
// Parameters: the types of matrix, vectors, result and sum; lanes of the three streams; vectors held; columns at most;
// whether the results of a row go into one vector (row_packer::push_all), as a vector a cycle needs. The lanes of a
// vector are joined by a tree, and the vectors of a row by a tree over time, which holds nothing that a next row needs.
// 8-bit integers meet vectors of floats as fixed-point numbers.
#pragma once
#include "fixed.hpp"
#include "ops.hpp"
#include "pack.hpp"
#include "row_buffer.hpp"

namespace hls_lib {

// A vector, and the sum of a row in the making.
template <class TM, class ACC, int W, int MAX_COLS, int SIZE>
class held_vector {
 public:
  template <class TV, int WV>
  void load(hls::stream<vec<TV, WV>>& vector, int cols, int padded) {
#pragma HLS array_partition variable=held_ cyclic factor=W
    for (int c = cols; c < padded; ++c) held_[c] = ACC(0);
    load_row(vector, held_, cols);
  }

  // Takes vector number `step` of a row; `sum` is that of the row when it was the last.
  void add(const vec<TM, W>& row, int step, bool last, ACC& sum) {
#pragma HLS inline
    ACC product[W];
#pragma HLS array_partition variable=product complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      product[l] = mul(cast<ACC>(row[l]), held_[step * W + l]);
    }
    sum = tree<sum_op>(product);
    sums_.add(sum, step, last);
  }

 private:
  ACC held_[SIZE];
  running_tree<sum_op, ACC, levels_for(vectors_in(MAX_COLS, W))> sums_;
};

template <int W, int MAX_COLS, int SIZE>
class held_vector<int8_t, float, W, MAX_COLS, SIZE> {
 public:
  template <class TV, int WV>
  void load(hls::stream<vec<TV, WV>>& vector, int cols, int padded) {
    held_.load(vector, cols, padded);
  }

  void add(const vec<int8_t, W>& row, int step, bool last, float& sum) {
#pragma HLS inline
    sum_ += held_.dot(step * W, row);
    if (held_.has_edges()) {
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        held_.meet(step * W + l, row[l], edges_);
      }
    }
    if (last) {
      sum = held_.value(sum_, edges_);
      sum_ = 0;
      edges_ = {};
    }
  }

 private:
  fixed_row<SIZE, W> held_;
  int64_t sum_ = 0;
  sum_edges edges_;
};

template <class TM, class TV, class TO, class ACC, int W, int WV, int WO, int B, int MAX_COLS, bool TOGETHER = B == 1>
void matmul(hls::stream<vec<TM, W>>& matrix, hls::stream<vec<TV, WV>>& vectors, hls::stream<vec<TO, WO>>& out,
            int batches, int rows, int cols, int out_cols) {
  held_vector<TM, ACC, W, MAX_COLS, buffer_size(MAX_COLS, W, WV)> held[B];
#pragma HLS array_partition variable=held complete
  row_packer<TO, WO> packer;
  const int steps = vectors_in(cols, W);
  const int last_lanes = cols - (steps - 1) * W;
  for (int batch = 0; batch < batches; ++batch) {
    for (int b = 0; b < B; ++b) held[b].load(vectors, cols, steps * W);
    int step = 0;
  dot:
    for (int i = 0; i < rows * steps; ++i) {
#pragma HLS pipeline II=1
      vec<TM, W> row = matrix.read();
      const bool last = step == steps - 1;
      // Padding may hold anything: NaN times the zero held for it is NaN.
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
        ACC sum;
        held[b].add(row, step, last, sum);
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
