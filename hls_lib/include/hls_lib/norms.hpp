// Layer norm and RMS norm along the rows, with or without weight and bias.
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
#include "ops.hpp"
#include "row_buffer.hpp"

namespace hls_lib {

// Reads a row into `row` and returns its sum, or with SQUARED that of its squares.
template <bool SQUARED, class T, int W, int SIZE>
float read_row_and_sum(hls::stream<vec<T, W>>& in, float (&row)[SIZE], int cols) {
  partials<sum_op, float> sum;
read_and_sum:
  for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
    const vec<T, W> lanes = in.read();
    float value[W];
#pragma HLS array_partition variable=value complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      const float x = c + l < cols ? cast<float>(lanes[l]) : 0.0f;
      row[c + l] = x;
      value[l] = SQUARED ? x * x : x;
    }
    sum.add(tree<sum_op>(value));
  }
  return sum.result();
}

// Writes (row - mean) * scale, times a weight and plus a bias where there are any.
template <bool HAS_WEIGHT, bool HAS_BIAS, class T, int W, int SIZE>
void write_normalised(const float (&row)[SIZE], float mean, float scale, const float (&weight)[SIZE],
                      const float (&bias)[SIZE], hls::stream<vec<T, W>>& out, int cols) {
write:
  for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
    vec<T, W> lanes;
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      float x = (row[c + l] - mean) * scale;
      if constexpr (HAS_WEIGHT) x *= weight[c + l];
      if constexpr (HAS_BIAS) x += bias[c + l];
      lanes[l] = cast<T>(x);
    }
    out.write(lanes);
  }
}

template <class T, int W, int MAX_COLS>
class layer_norm {
  using V = vec<T, W>;
  static constexpr int kSize = buffer_size(MAX_COLS, W);

 public:
  static void run(hls::stream<V>& in, hls::stream<V>& out, int rows, int cols, float eps) {
    float unused[kSize];
    normalise<false, false>(in, unused, unused, out, rows, cols, eps);
  }

  static void run(hls::stream<V>& in, hls::stream<V>& weight, hls::stream<V>& out, int rows, int cols, float eps) {
    float kept[kSize];
    load_row(weight, kept, cols);
    normalise<true, false>(in, kept, kept, out, rows, cols, eps);
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
    float row[kSize];
#pragma HLS array_partition variable=row cyclic factor=W
#pragma HLS array_partition variable=weight cyclic factor=W
#pragma HLS array_partition variable=bias cyclic factor=W
    for (int r = 0; r < rows; ++r) {
      const float mean = read_row_and_sum<false>(in, row, cols) / static_cast<float>(cols);
      // From the row itself: the mean of squares less the square of the mean cancels.
      partials<sum_op, float> squares;
    squares:
      for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
        float value[W];
#pragma HLS array_partition variable=value complete
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          const float distance = c + l < cols ? row[c + l] - mean : 0.0f;
          value[l] = distance * distance;
        }
        squares.add(tree<sum_op>(value));
      }
      const float scale = rsqrt(squares.result() / static_cast<float>(cols) + eps);
      write_normalised<HAS_WEIGHT, HAS_BIAS>(row, mean, scale, weight, bias, out, cols);
    }
  }
};

template <class T, int W, int MAX_COLS>
class rms_norm {
  using V = vec<T, W>;
  static constexpr int kSize = buffer_size(MAX_COLS, W);

 public:
  static void run(hls::stream<V>& in, hls::stream<V>& out, int rows, int cols, float eps) {
    float unused[kSize];
    normalise<false>(in, unused, out, rows, cols, eps);
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
    float row[kSize];
#pragma HLS array_partition variable=row cyclic factor=W
#pragma HLS array_partition variable=weight cyclic factor=W
    for (int r = 0; r < rows; ++r) {
      const float mean_square = read_row_and_sum<true>(in, row, cols) / static_cast<float>(cols);
      write_normalised<HAS_WEIGHT, false>(row, 0.0f, rsqrt(mean_square + eps), weight, weight, out, cols);
    }
  }
};

}  // namespace hls_lib
