// A scalar function on every lane of one or more streams.
//
//   struct scaled { static float apply(float a, float b) { return mul(a, b); } };
//   map<scaled, 16, float, float, float>(out, vectors, a, b);
//
// Padding lanes are computed as well and may hold anything afterwards; templates that combine lanes leave them out.
#pragma once
#include "pack.hpp"

namespace hls_lib {

template <class F, class TO, int W, class... TI>
inline vec<TO, W> map_lanes(const vec<TI, W>&... in) {
#pragma HLS inline
  vec<TO, W> out;
  for (int l = 0; l < W; ++l) {
#pragma HLS unroll
    out[l] = F::apply(in[l]...);
  }
  return out;
}

template <class F, int W, class TO, class... TI>
void map(hls::stream<vec<TO, W>>& out, int vectors, hls::stream<vec<TI, W>>&... in) {
apply:
  for (int i = 0; i < vectors; ++i) {
#pragma HLS pipeline II=1
    out.write(map_lanes<F, TO, W>(in.read()...));
  }
}

}  // namespace hls_lib
