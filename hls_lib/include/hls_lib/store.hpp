// Stream to memory: the reverse of load.hpp. Padding is dropped.
//
//   store_rows<float, 16>(rows, target, offset, n, cols, row_stride);         // contiguous columns: bursts
//   store_strided<float, 16, 3>::run(rows, target, 0, 4, 6, 8, 48, 1, 6);   // offset, sizes, strides
//   store_vectors<float, 16>(rows, target, count);        // whole vectors, from an address aligned to them: one burst
#pragma once
#include "pack.hpp"
#include "pattern.hpp"
#include "port.hpp"

namespace hls_lib {

template <class T, int W>
void store_rows(hls::stream<vec<T, W>>& in, port<T> dst, int64_t offset, int rows, int cols, int64_t row_stride) {
  const int whole = cols / W;
  const int rest = cols % W;
  for (int r = 0; r < rows; ++r) {
    port<T> row = dst + offset + r * row_stride;
  whole_vectors:
    for (int v = 0; v < whole; ++v) {
#pragma HLS pipeline II=1
      const vec<T, W> lanes = in.read();
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        row[v * W + l] = lanes[l];
      }
    }
    if (rest > 0) {
      const vec<T, W> lanes = in.read();
    last_lanes:
      for (int l = 0; l < rest; ++l) {
#pragma HLS pipeline II=1
        row[whole * W + l] = lanes[l];
      }
    }
  }
}

template <class T, int W, int RANK>
struct store_strided {
  template <class... N>
  static void run(hls::stream<vec<T, W>>& in, port<T> dst, int64_t offset, N... sizes_and_strides) {
    const auto p = pattern<RANK>::of(offset, sizes_and_strides...);
    const int64_t step = p.stride[RANK - 1];
    row_walk<RANK> walk(p);
    const int rows = p.rows();
    for (int r = 0; r < rows; ++r) {
      port<T> row = dst + walk.address();
      for (int c = 0; c < p.cols(); c += W) {
        const vec<T, W> lanes = in.read();
      elements:
        for (int l = 0; l < W && c + l < p.cols(); ++l) {
#pragma HLS pipeline II=1
          row[(c + l) * step] = lanes[l];
        }
      }
      walk.next();
    }
  }
};

template <class T, int W>
void store_vectors(hls::stream<vec<T, W>>& in, port<vec<T, W>> dst, int count) {
vectors:
  for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
    dst[i] = in.read();
  }
}

}  // namespace hls_lib
