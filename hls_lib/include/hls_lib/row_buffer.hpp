// A row of a stream held on chip.
//
//   float weight[buffer_size(MAX_COLS, W)];   // room for whole vectors
//   load_row(stream, weight, cols);
#pragma once
#include "math.hpp"
#include "pack.hpp"

namespace hls_lib {

// So many elements, rounded up to whole vectors of all the widths that write to or read from the buffer.
constexpr int buffer_size(int elements, int width, int other_width = 1) {
  const int widest = width > other_width ? width : other_width;
  return vectors_in(elements, widest) * widest;
}

// The lanes past `cols` in the last vector become zero.
template <class T, class A, int W, int SIZE>
void load_row(hls::stream<vec<T, W>>& in, A (&buffer)[SIZE], int cols) {
keep:
  for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
    const vec<T, W> lanes = in.read();
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      buffer[c + l] = c + l < cols ? cast<A>(lanes[l]) : A(0);
    }
  }
}

}  // namespace hls_lib
