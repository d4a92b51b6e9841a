// One value for each row: sum, maximum, ...; or where the extreme stands.
//
//   reduce<sum_op, float, float, 16, 16, 64>(in, out, rows, cols, out_cols);   // cols <= 64 * 16
//   argmax<float, 16, 16, true>(in, out, rows, cols, out_cols);            // false: argmin
//
// Op: sum_op, prod_op, max_op, min_op, any_op, all_op. Results are packed into rows of out_cols. Rows follow each other
// without a gap.
#pragma once
#include "ops.hpp"
#include "pack.hpp"

namespace hls_lib {

template <class Op, class TI, class TO, int W, int WO, int MAX_VECTORS>
void reduce(hls::stream<vec<TI, W>>& in, hls::stream<vec<TO, WO>>& out, int rows, int cols, int out_cols) {
  using A = typename Op::template type<TI>;
  row_packer<TO, WO> packer;
  running_tree<Op, A, levels_for(MAX_VECTORS)> joined;
  const int steps = vectors_in(cols, W);
  int step = 0;
reduce_vectors:
  for (int i = 0; i < rows * steps; ++i) {
#pragma HLS pipeline II=1
    const vec<TI, W> lanes = in.read();
    A value[W];
#pragma HLS array_partition variable=value complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      value[l] = step * W + l < cols ? cast<A>(lanes[l]) : Op::template start<A>();
    }
    A result = tree<Op>(value);
    const bool last = step == steps - 1;
    if (joined.add(result, step, last)) packer.push(cast<TO>(result), out_cols, out);
    step = last ? 0 : step + 1;
  }
}

// What argmax looks for, as an integer; a NaN is the extreme on either side, as in PyTorch.
template <bool LARGEST, class T>
inline auto extreme_key(T value) {
#pragma HLS inline
  const auto key = order_key(value);
  return LARGEST || is_nan(value) ? key : ~key;
}

// The first place of the extreme. The best lane of a vector is compared with the best so far; only if it wins does its
// place matter.
template <class T, int W, int WO, bool LARGEST>
void argmax(hls::stream<vec<T, W>>& in, hls::stream<vec<int64_t, WO>>& out, int rows, int cols, int out_cols) {
  using Key = decltype(order_key(T()));
  row_packer<int64_t, WO> packer;
  const int steps = vectors_in(cols, W);
  Key best = 0;
  int place = -1;
  int step = 0;
argmax_vectors:
  for (int i = 0; i < rows * steps; ++i) {
#pragma HLS pipeline II=1
    const vec<T, W> lanes = in.read();
    Key key[W];
#pragma HLS array_partition variable=key complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      key[l] = step * W + l < cols ? extreme_key<LARGEST>(lanes[l]) : std::numeric_limits<Key>::min();
    }
    const Key here = tree<max_op>(key);
    if (step == 0 || here > best) {
      best = here;
      for (int l = W - 1; l >= 0; --l) {
#pragma HLS unroll
        if (key[l] == here) place = step * W + l;
      }
    }
    const bool last = step == steps - 1;
    if (last) packer.push(place, out_cols, out);
    step = last ? 0 : step + 1;
  }
}

}  // namespace hls_lib
