// Layer norm and RMS norm along the rows, with or without weight and bias: rows follow each other without a gap.
//
//   layer_norm<float, 16, 1024>::run(in, out, rows, cols, eps);                 // cols <= 1024
//   layer_norm<float, 16, 1024>::run(in, weight, out, rows, cols, eps);
//   layer_norm<float, 16, 1024>::run(in, weight, bias, out, rows, cols, eps);
//   rms_norm<float, 16, 1024>::run(in, out, rows, cols, eps);
//   rms_norm<float, 16, 1024>::run(in, weight, out, rows, cols, eps);
//   region.task<rms_norm<float, 16, 1024>>("norm", in, weight, out, rows, cols, eps);
//
// Weight and bias are one row each, read once and kept. Everything is computed in float.
#pragma once
#include "row_buffer.hpp"
#include "row_flight.hpp"

namespace hls_lib {

template <class T, int W, int MAX_COLS>
class layer_norm {
  using V = vec<T, W>;
  using flight = row_flight<W, MAX_COLS>;
  static constexpr int kSize = buffer_size(MAX_COLS, W);

 public:
  static void run(hls::stream<V>& in, hls::stream<V>& out, int rows, int cols, float eps) {
    float no_weight[kSize];
    float no_bias[kSize];
    normalise<false, false>(in, no_weight, no_bias, out, rows, cols, eps);
  }

  static void run(hls::stream<V>& in, hls::stream<V>& weight, hls::stream<V>& out, int rows, int cols, float eps) {
    float kept[kSize];
    float no_bias[kSize];
    load_row(weight, kept, cols);
    normalise<true, false>(in, kept, no_bias, out, rows, cols, eps);
  }

  static void run(hls::stream<V>& in, hls::stream<V>& weight, hls::stream<V>& bias, hls::stream<V>& out, int rows,
                  int cols, float eps) {
    float kept_weight[kSize];
    float kept_bias[kSize];
    load_row(weight, kept_weight, cols);
    load_row(bias, kept_bias, cols);
    normalise<true, true>(in, kept_weight, kept_bias, out, rows, cols, eps);
  }

 private:
  template <bool HAS_WEIGHT, bool HAS_BIAS>
  static void normalise(hls::stream<V>& in, const float (&weight)[kSize], const float (&bias)[kSize],
                        hls::stream<V>& out, int rows, int cols, float eps) {
#pragma HLS array_partition variable=weight cyclic factor=W
#pragma HLS array_partition variable=bias cyclic factor=W
    V row[flight::kVectors];
    vec<float, W> distance[flight::kVectors];
    float mean[flight::kRows];
    float scale[flight::kRows];
    running_tree<sum_op, float, flight::kLevels> sums;
    running_tree<sum_op, float, flight::kLevels> squares;
    flight at(rows, cols, 2);
  layer_norm_passes:
    for (int i = 0; i < at.iterations(); ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=row type=inter direction=RAW distance=flight::kLatency true
#pragma HLS dependence variable=distance type=inter direction=RAW distance=flight::kLatency true
#pragma HLS dependence variable=mean type=inter direction=RAW distance=flight::kLatency true
#pragma HLS dependence variable=scale type=inter direction=RAW distance=flight::kLatency true
      const int slot = at.slot();
      if (at.in_pass(2)) {
        const float of_row = scale[at.row_slot()];
        V lanes;
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          float x = distance[slot][l] * of_row;
          if constexpr (HAS_WEIGHT) x *= weight[at.step() * W + l];
          if constexpr (HAS_BIAS) x += bias[at.step() * W + l];
          lanes[l] = cast<T>(x);
        }
        out.write(lanes);
      }
      if (at.in_pass(1)) {
        // From the row itself: the mean of squares less the square of the mean cancels.
        const float of_row = mean[at.row_slot()];
        float value[W];
#pragma HLS array_partition variable=value complete
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          value[l] = cast<float>(row[slot][l]) - of_row;
          distance[slot][l] = value[l];
        }
        at.pad(value, 0.0f);
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          value[l] *= value[l];
        }
        float sum = tree<sum_op>(value);
        if (squares.add(sum, at.step(), at.is_last())) {
          scale[at.row_slot()] = rsqrt(sum / static_cast<float>(cols) + eps);
        }
      }
      if (at.in_pass(0)) {
        V lanes = in.read();
        at.pad(lanes, T(0));
        row[slot] = lanes;
        float value[W];
#pragma HLS array_partition variable=value complete
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          value[l] = cast<float>(lanes[l]);
        }
        float sum = tree<sum_op>(value);
        if (sums.add(sum, at.step(), at.is_last())) mean[at.row_slot()] = sum / static_cast<float>(cols);
      }
      at.next();
    }
  }
};

template <class T, int W, int MAX_COLS>
class rms_norm {
  using V = vec<T, W>;
  using flight = row_flight<W, MAX_COLS>;
  static constexpr int kSize = buffer_size(MAX_COLS, W);

 public:
  static void run(hls::stream<V>& in, hls::stream<V>& out, int rows, int cols, float eps) {
    float no_weight[kSize];
    normalise<false>(in, no_weight, out, rows, cols, eps);
  }

  static void run(hls::stream<V>& in, hls::stream<V>& weight, hls::stream<V>& out, int rows, int cols, float eps) {
    float kept[kSize];
    load_row(weight, kept, cols);
    normalise<true>(in, kept, out, rows, cols, eps);
  }

 private:
  template <bool HAS_WEIGHT>
  static void normalise(hls::stream<V>& in, const float (&weight)[kSize], hls::stream<V>& out, int rows, int cols,
                        float eps) {
#pragma HLS array_partition variable=weight cyclic factor=W
    V row[flight::kVectors];
    float scale[flight::kRows];
    running_tree<sum_op, float, flight::kLevels> squares;
    flight at(rows, cols, 1);
  rms_norm_passes:
    for (int i = 0; i < at.iterations(); ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=row type=inter direction=RAW distance=flight::kLatency true
#pragma HLS dependence variable=scale type=inter direction=RAW distance=flight::kLatency true
      const int slot = at.slot();
      if (at.in_pass(1)) {
        const float of_row = scale[at.row_slot()];
        V lanes;
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          float x = cast<float>(row[slot][l]) * of_row;
          if constexpr (HAS_WEIGHT) x *= weight[at.step() * W + l];
          lanes[l] = cast<T>(x);
        }
        out.write(lanes);
      }
      if (at.in_pass(0)) {
        V lanes = in.read();
        at.pad(lanes, T(0));
        row[slot] = lanes;
        float value[W];
#pragma HLS array_partition variable=value complete
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          const float x = cast<float>(lanes[l]);
          value[l] = x * x;
        }
        float sum = tree<sum_op>(value);
        if (squares.add(sum, at.step(), at.is_last())) {
          scale[at.row_slot()] = rsqrt(sum / static_cast<float>(cols) + eps);
        }
      }
      at.next();
    }
  }
};

}  // namespace hls_lib
