// The places of the elements of a tensor, counted in row-major order.
//
//   iota<int64_t, 16>(out, rows, cols);   // 0, 1, 2, ...; padding goes on counting and a new row starts where it
//   should
#pragma once
#include "stream.hpp"

namespace hls_lib {

template <class T, int W>
void iota(hls::stream<vec<T, W>>& out, int rows, int cols) {
  for (int r = 0; r < rows; ++r) {
  count:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      vec<T, W> lanes;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        lanes[l] = T(r) * cols + c + l;
      }
      out.write(lanes);
    }
  }
}

}  // namespace hls_lib
