// One row as many rows, as a tensor of one dimension is broadcast: it is read once and kept.
//
//   repeat_row<float, 16, 1024>(row, out, rows, cols);   // cols <= 1024
#pragma once
#include "pack.hpp"

namespace hls_lib {

template <class T, int W, int MAX_COLS>
void repeat_row(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows, int cols) {
  vec<T, W> row[vectors_in(MAX_COLS, W)];
  const int steps = vectors_in(cols, W);
keep_row:
  for (int s = 0; s < steps; ++s) {
#pragma HLS pipeline II=1
    row[s] = in.read();
  }
  int step = 0;
repeat:
  for (int i = 0; i < rows * steps; ++i) {
#pragma HLS pipeline II=1
    out.write(row[step]);
    step = step == steps - 1 ? 0 : step + 1;
  }
}

}  // namespace hls_lib
