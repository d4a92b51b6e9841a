// Tasks that run at the same time, joined by streams (canonical dataflow form, AMD UG1399).
//
//   #pragma HLS dataflow
//   stream<vec<float, 16>, 64> rows("rows");
//   dataflow region;                                                       // after the streams
//   region.task<load_rows<float, 16>>("load", source, rows, 0, n, d, d);   // load_rows<float, 16>(source, rows, ...)
//   region.task<store_rows<float, 16>>("store", rows, target, 0, n, d, d);
//
// In synthesis a task is the plain call. In emulation tasks run where the region ends. A template that comes in
// several arities is a struct with a static function `run`, and is named in the same way.
#pragma once
#include <utility>

#include "stream.hpp"

#ifndef HLS_LIB_SYNTHESIS
#include "detail/guard.hpp"
#include "detail/region.hpp"
#endif

namespace hls_lib {

#ifdef HLS_LIB_SYNTHESIS
class dataflow {
 public:
  template <auto F, class... A>
  void task(const char*, A&&... arguments) {
#pragma HLS inline
    F(std::forward<A>(arguments)...);
  }
  template <class F, class... A>
  void task(const char*, A&&... arguments) {
#pragma HLS inline
    F::run(std::forward<A>(arguments)...);
  }
};
#else
class dataflow : public emulation::region {
 public:
  template <auto F, class... A>
  void task(const char* name, A&&... arguments) {
    add(name, [](auto&&... each) { F(std::forward<decltype(each)>(each)...); }, std::forward<A>(arguments)...);
  }
  template <class F, class... A>
  void task(const char* name, A&&... arguments) {
    add(name, [](auto&&... each) { F::run(std::forward<decltype(each)>(each)...); }, std::forward<A>(arguments)...);
  }
};
#endif

}  // namespace hls_lib
