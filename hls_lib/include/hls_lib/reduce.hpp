// One value for each row: sum, maximum, ...; or where the extreme stands.
//
//   reduce<sum_op, float, float, 16, 16>(in, out, rows, cols, out_cols);   // results packed into rows of out_cols
//   argmax<float, 16, 16, true>(in, out, rows, cols, out_cols);            // false: argmin
//
// Op: sum_op, prod_op, max_op, min_op, any_op, all_op.
#pragma once
#include "ops.hpp"
#include "pack.hpp"

namespace hls_lib {

template <class Op, class TI, class TO, int W, int WO>
void reduce(hls::stream<vec<TI, W>>& in, hls::stream<vec<TO, WO>>& out, int rows, int cols, int out_cols) {
  using A = typename Op::template type<TI>;
  row_packer<TO, WO> packer;
  for (int r = 0; r < rows; ++r) {
    partials<Op, A> state;
  reduce_vectors:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      const vec<TI, W> lanes = in.read();
      A value[W];
#pragma HLS array_partition variable=value complete
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        value[l] = c + l < cols ? cast<A>(lanes[l]) : Op::template start<A>();
      }
      state.add(tree<Op>(value));
    }
    packer.push(cast<TO>(state.result()), out_cols, out);
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
  for (int r = 0; r < rows; ++r) {
    Key best = 0;
    int place = -1;
  argmax_vectors:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      const vec<T, W> lanes = in.read();
      Key key[W];
#pragma HLS array_partition variable=key complete
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        key[l] = c + l < cols ? extreme_key<LARGEST>(lanes[l]) : std::numeric_limits<Key>::min();
      }
      const Key here = tree<max_op>(key);
      if (place < 0 || here > best) {
        best = here;
        for (int l = W - 1; l >= 0; --l) {
#pragma HLS unroll
          if (key[l] == here) place = c + l;
        }
      }
    }
    packer.push(place, out_cols, out);
  }
}

}  // namespace hls_lib
