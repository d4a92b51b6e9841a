// Copies a stream to several readers; to no reader at all it drains it.
//
//   fork<V, V, V>(in, vectors, first, second);   // the type of the input, then that of each output
//   broadcast<V, 30, 8>(in, vectors, copies);     // to an array of 30 streams of depth 8
#pragma once
#include <type_traits>

#include "stream.hpp"

namespace hls_lib {

// The outputs' types are spelled out because a task names a function, and its arguments come later.
template <class V, class... Out>
void fork(hls::stream<V>& in, int count, hls::stream<Out>&... out) {
  static_assert((std::is_same_v<V, Out> && ...), "a fork copies; map converts");
copy:
  for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
    [[maybe_unused]] const V value = in.read();
    (out.write(value), ...);
  }
}

template <class V, int N, int DEPTH>
void broadcast(hls::stream<V>& in, int count, hls::stream<V, DEPTH> (&out)[N]) {
copy:
  for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
    const V value = in.read();
    for (int n = 0; n < N; ++n) {
#pragma HLS unroll
      out[n].write(value);
    }
  }
}

}  // namespace hls_lib
