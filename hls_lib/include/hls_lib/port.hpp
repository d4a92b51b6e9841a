// A pointer to device memory: an m_axi port of the kernel, or a place behind it.
//
//   void load(port<const float> source, ...) { ... source[i] ... }
#pragma once

#ifdef HLS_LIB_SYNTHESIS
#include <cstdint>

namespace hls_lib {

template <class T>
using port = T*;

// Says which element is read a little later: a burst of a card is asked for as a whole, a processor has to be told.
template <class T>
inline void soon(T*, int64_t) {}

}  // namespace hls_lib
#else
#include "detail/port.hpp"
#endif
