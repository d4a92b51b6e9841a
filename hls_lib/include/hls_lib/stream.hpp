// FIFOs between tasks.
//
//   stream<vec<float, 16>, 64> rows("rows");   // holds 64 vectors; the name appears in messages
#pragma once
#include <hls_stream.h>

namespace hls_lib {

template <class T, int Depth = 0>
using stream = hls::stream<T, Depth>;

}  // namespace hls_lib
