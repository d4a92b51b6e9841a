// The running sum along the rows.
//
//   cumsum<float, float, 16>(in, out, rows, cols);
//
// Floats are summed in float and integers in int64, one after the other, as PyTorch does.
#pragma once
#include "ops.hpp"
#include "pack.hpp"

namespace hls_lib {

template <class TI, class TO, int W>
void cumsum(hls::stream<vec<TI, W>>& in, hls::stream<vec<TO, W>>& out, int rows, int cols) {
  using A = sum_op::type<TI>;
  for (int r = 0; r < rows; ++r) {
    A sum = 0;
  scan:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline
      const vec<TI, W> lanes = in.read();
      vec<TO, W> sums = {};
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        if (c + l < cols) {
          sum = add(sum, cast<A>(lanes[l]));
          sums[l] = cast<TO>(sum);
        }
      }
      out.write(sums);
    }
  }
}

}  // namespace hls_lib
