// Memory to stream.
//
//   load_rows<float, 16>(source, rows, offset, n, cols, row_stride);          // contiguous columns: bursts
//   load_strided<float, 16, 3>(source, rows, pattern<3>{0, {4, 6, 8}, {48, 1, 6}});
#pragma once
#include "pack.hpp"
#include "pattern.hpp"
#include "port.hpp"

namespace hls_lib {

template <class T, int W>
void load_rows(port<const T> src, hls::stream<vec<T, W>>& out, int64_t offset, int rows, int cols, int64_t row_stride) {
  const int whole = cols / W;
  const int rest = cols % W;
  for (int r = 0; r < rows; ++r) {
    port<const T> row = src + offset + r * row_stride;
  whole_vectors:
    for (int v = 0; v < whole; ++v) {
#pragma HLS pipeline II=1
      vec<T, W> lanes;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        lanes[l] = row[v * W + l];
      }
      out.write(lanes);
    }
    // Apart, so that the loop above stays a burst of whole vectors.
    if (rest > 0) {
      vec<T, W> lanes = {};
    last_lanes:
      for (int l = 0; l < rest; ++l) {
#pragma HLS pipeline II=1
        lanes[l] = row[whole * W + l];
      }
      out.write(lanes);
    }
  }
}

template <class T, int W, int RANK>
void load_strided(port<const T> src, hls::stream<vec<T, W>>& out, pattern<RANK> p) {
  const int64_t step = p.stride[RANK - 1];
  row_walk<RANK> walk(p);
  const int rows = p.rows();
  for (int r = 0; r < rows; ++r) {
    port<const T> row = src + walk.address();
    for (int c = 0; c < p.cols(); c += W) {
      // Every lane is an access of its own: the port gives one element a cycle.
      vec<T, W> lanes = {};
    elements:
      for (int l = 0; l < W && c + l < p.cols(); ++l) {
#pragma HLS pipeline II=1
        lanes[l] = row[(c + l) * step];
      }
      out.write(lanes);
    }
    walk.next();
  }
}

}  // namespace hls_lib
