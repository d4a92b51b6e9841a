// Matrix rows interleaved over the channels of HBM: row r lies in channel r % N, so that all channels stream at once.
//
//   // each channel has a load_rows and a matmul of its own, with results as vec<T, 1>; this restores the row order
//   merge_round_robin<float, 16, 8>::run(out, rows, cols, s0, s1, s2, s3, s4, s5, s6, s7);
//   region.task<merge_round_robin<float, 16, 8>>("merge", out, rows, cols, s0, ..., s7);
#pragma once
#include "pack.hpp"

namespace hls_lib {

template <class T, int W, int N>
struct merge_round_robin {
  // Writes `rows` rows of `cols` scalars.
  template <class... In>
  static void run(hls::stream<vec<T, W>>& out, int rows, int cols, In&... in) {
    static_assert(sizeof...(In) == N, "one stream for each channel");
    row_packer<T, W> packer;
    const int count = rows * cols;
  merge:
    for (int first = 0; first < count; first += N) {
#pragma HLS pipeline II=N
      int place = first;
      // In order, and no further than the last scalar.
      ((place < count ? packer.push(in.read()[0], cols, out) : void(), ++place), ...);
    }
  }
};

}  // namespace hls_lib
