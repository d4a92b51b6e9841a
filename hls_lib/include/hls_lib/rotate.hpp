// Rows of which the halves change places, with the sign of the second one turned: what rotary position embedding
// multiplies by the sine.
//
//   rotate_half<float, 16, 32>(in, out, rows);   // rows of 2 x 32
//
// Rows follow each other without a gap: while one is given, the next one is taken in. The half is known when the kernel
// is compiled, so each lane reads two banks at most.
#pragma once
#include "ops.hpp"
#include "pack.hpp"

namespace hls_lib {

template <class T, int W, int HALF>
void rotate_half(hls::stream<vec<T, W>>& in, hls::stream<vec<T, W>>& out, int rows) {
  constexpr int kCols = 2 * HALF;
  constexpr int kSteps = vectors_in(kCols, W);
  // One copy for each half that is read, of two rows.
  T first[2 * kSteps][W];
  T second[2 * kSteps][W];
#pragma HLS array_partition variable=first dim=2 complete
#pragma HLS array_partition variable=second dim=2 complete
  int step = 0;
  int side = 0;
turn:
  for (int i = 0; i < (rows + 1) * kSteps; ++i) {
#pragma HLS pipeline II=1
    const int here = side * kSteps;
    const int other = kSteps - here;
    if (i >= kSteps) {
      vec<T, W> lanes = {};
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        // Constants of the lane: where its partner lies, from the step that it is in.
        const int ahead = (l + HALF) / W;
        const int behind = (HALF - l + W - 1) / W;
        const int c = step * W + l;
        if (c < HALF) {
          lanes[l] = neg(second[other + step + ahead][(l + HALF) % W]);
        } else if (c < kCols) {
          lanes[l] = first[other + step - behind][(l + W * behind - HALF) % W];
        }
      }
      out.write(lanes);
    }
    if (i < rows * kSteps) {
      const vec<T, W> lanes = in.read();
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        first[here + step][l] = lanes[l];
        second[here + step][l] = lanes[l];
      }
    }
    const bool last = step == kSteps - 1;
    step = last ? 0 : step + 1;
    side = last ? 1 - side : side;
  }
}

}  // namespace hls_lib
