// A pointer to device memory: an m_axi port of the kernel, or a place behind it.
//
//   void load(port<const float> source, ...) { ... source[i] ... }
#pragma once

#ifdef HLS_LIB_SYNTHESIS
namespace hls_lib {

template <class T>
using port = T*;

}  // namespace hls_lib
#else
#include "detail/port.hpp"
#endif
