// Softmax and its logarithm along the rows, in three passes that overlap: rows follow each other without a gap.
//
//   softmax<float, 16, 1024>(in, out, rows, cols);   // cols <= 1024
//
// A row of -infinity alone gives NaN, as in PyTorch.
#pragma once
#include "row_flight.hpp"

namespace hls_lib {

// The maximum of a row; exponentials and their sum; what is made of them.
template <bool LOG, class T, int W, int MAX_COLS>
void softmax_rows(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows, int cols) {
  using flight = row_flight<W, MAX_COLS>;
  vec<T, W> row[flight::kVectors];
  vec<float, W> made[flight::kVectors];
  float largest[flight::kRows];
  float total[flight::kRows];
  running_tree<max_op, float, flight::kLevels> maxima;
  running_tree<sum_op, float, flight::kLevels> sums;
  flight at(rows, cols, 2);
softmax_passes:
  for (int i = 0; i < at.iterations(); ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=row type=inter direction=RAW distance=flight::kLatency true
#pragma HLS dependence variable=made type=inter direction=RAW distance=flight::kLatency true
#pragma HLS dependence variable=largest type=inter direction=RAW distance=flight::kLatency true
#pragma HLS dependence variable=total type=inter direction=RAW distance=flight::kLatency true
    const int slot = at.slot();
    if (at.in_pass(2)) {
      const float of_all = total[at.row_slot()];
      vec<T, W> lanes;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        lanes[l] = cast<T>(LOG ? made[slot][l] - of_all : made[slot][l] * of_all);
      }
      out.write(lanes);
    }
    if (at.in_pass(1)) {
      const float of_row = largest[at.row_slot()];
      float value[W];
#pragma HLS array_partition variable=value complete
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        const float below = cast<float>(row[slot][l]) - of_row;
        value[l] = exp(below);
        made[slot][l] = LOG ? below : value[l];
      }
      float sum = tree<sum_op>(value);
      if (sums.add(sum, at.step(), at.is_last())) total[at.row_slot()] = LOG ? log(sum) : 1.0f / sum;
    }
    if (at.in_pass(0)) {
      vec<T, W> lanes = in.read();
      // What changes neither a maximum nor a sum of exponentials.
      at.pad(lanes, cast<T>(max_op::start<float>()));
      row[slot] = lanes;
      float value[W];
#pragma HLS array_partition variable=value complete
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        value[l] = cast<float>(lanes[l]);
      }
      float greatest = tree<max_op>(value);
      if (maxima.add(greatest, at.step(), at.is_last())) largest[at.row_slot()] = greatest;
    }
    at.next();
  }
}

template <class T, int W, int MAX_COLS>
void softmax(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows, int cols) {
  softmax_rows<false, T, W, MAX_COLS>(in, out, rows, cols);
}

template <class T, int W, int MAX_COLS>
void log_softmax(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows, int cols) {
  softmax_rows<true, T, W, MAX_COLS>(in, out, rows, cols);
}

}  // namespace hls_lib
