// Copies a stream to several readers; to no reader at all it drains it.
//
//   fork<V, V, V>(in, vectors, first, second);   // the type of the input, then that of each output
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

}  // namespace hls_lib
