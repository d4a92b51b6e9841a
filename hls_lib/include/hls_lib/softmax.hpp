// Softmax and its logarithm along the rows, in three passes over a row held on chip.
//
//   softmax<float, 16, 1024>(in, out, rows, cols);   // cols <= 1024
//
// A row of -infinity alone gives NaN, as in PyTorch.
#pragma once
#include "ops.hpp"
#include "row_buffer.hpp"

namespace hls_lib {

// A row held as floats; padding holds what changes neither a maximum nor a sum of exponentials.
template <class T, int W, int SIZE>
float read_row_and_maximum(hls::stream<vec<T, W>>& in, float (&row)[SIZE], int cols) {
  partials<max_op, float> largest;
maximum:
  for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
    const vec<T, W> lanes = in.read();
    float value[W];
#pragma HLS array_partition variable=value complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      value[l] = c + l < cols ? cast<float>(lanes[l]) : max_op::start<float>();
      row[c + l] = value[l];
    }
    largest.add(tree<max_op>(value));
  }
  return largest.result();
}

template <class T, int W, int MAX_COLS>
void softmax(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows, int cols) {
  float row[buffer_size(MAX_COLS, W)];
#pragma HLS array_partition variable=row cyclic factor=W
  for (int r = 0; r < rows; ++r) {
    const float largest = read_row_and_maximum(in, row, cols);
    partials<sum_op, float> sum;
  exponentials:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      float value[W];
#pragma HLS array_partition variable=value complete
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        value[l] = exp(row[c + l] - largest);
        row[c + l] = value[l];
      }
      sum.add(tree<sum_op>(value));
    }
    const float total = sum.result();
  normalise:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      vec<T, W> lanes;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        lanes[l] = cast<T>(row[c + l] / total);
      }
      out.write(lanes);
    }
  }
}

template <class T, int W, int MAX_COLS>
void log_softmax(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows, int cols) {
  float row[buffer_size(MAX_COLS, W)];
#pragma HLS array_partition variable=row cyclic factor=W
  for (int r = 0; r < rows; ++r) {
    const float largest = read_row_and_maximum(in, row, cols);
    partials<sum_op, float> sum;
  log_exponentials:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      float value[W];
#pragma HLS array_partition variable=value complete
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        value[l] = exp(row[c + l] - largest);
      }
      sum.add(tree<sum_op>(value));
    }
    const float log_total = log(sum.result());
  log_normalise:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      vec<T, W> lanes;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        lanes[l] = cast<T>(row[c + l] - largest - log_total);
      }
      out.write(lanes);
    }
  }
}

}  // namespace hls_lib
