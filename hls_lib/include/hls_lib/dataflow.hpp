// Tasks that run at the same time, joined by streams (canonical dataflow form, AMD UG1399).
//
//   #pragma HLS dataflow
//   stream<vec<float, 16>, 64> rows("rows");
//   dataflow region;                                                       // after the streams
//   region.task<load_rows<float, 16>>("load", source, rows, 0, n, d, d);   // load_rows<float, 16>(source, rows, ...)
//   region.task<store_rows<float, 16>>("store", rows, target, 0, n, d, d);
//
// Alike tasks are written once, with the number of the task as a constant:
//
//   stream<vec<float, 16>, 64> rows[30];
//   region.name("rows", rows);                                             // for messages
//   repeat<30>([&](auto n) {
//     region.task<load_vectors<float, 16>>("load", n, pick(n, port0, ..., port29), rows[n], n < 29 ? 560 : 144);
//   });
//
// In synthesis a task is the plain call. In emulation tasks run where the region ends. A template that comes in
// several arities is a struct with a static function `run`, and is named in the same way.
#pragma once
#include <type_traits>
#include <utility>

#include "stream.hpp"

#ifndef HLS_LIB_SYNTHESIS
#include "detail/guard.hpp"
#include "detail/region.hpp"
#endif

namespace hls_lib {

template <int I>
using task_number = std::integral_constant<int, I>;

// Calls f with 0, 1, ..., N - 1.
template <int N, int I = 0, class F>
void repeat(F&& f) {
#pragma HLS inline
  if constexpr (I < N) {
    f(task_number<I>());
    repeat<N, I + 1>(f);
  }
}

// Argument number I of those behind the first.
template <int I, class First, class... More>
auto pick(task_number<I>, First first, More... more) {
#pragma HLS inline
  if constexpr (I == 0) {
    return first;
  } else {
    return pick(task_number<I - 1>(), more...);
  }
}

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
  template <auto F, int I, class... A>
  void task(const char*, task_number<I>, A&&... arguments) {
#pragma HLS inline
    F(std::forward<A>(arguments)...);
  }
  template <class F, int I, class... A>
  void task(const char*, task_number<I>, A&&... arguments) {
#pragma HLS inline
    F::run(std::forward<A>(arguments)...);
  }
  template <class S, int N>
  void name(const char*, S (&)[N]) {
#pragma HLS inline
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
  template <auto F, int I, class... A>
  void task(const char* name, task_number<I>, A&&... arguments) {
    task<F>(emulation::interned("%s %d", name, I), std::forward<A>(arguments)...);
  }
  template <class F, int I, class... A>
  void task(const char* name, task_number<I>, A&&... arguments) {
    task<F>(emulation::interned("%s %d", name, I), std::forward<A>(arguments)...);
  }
  template <class S, int N>
  void name(const char* name, S (&streams)[N]) {
    for (int n = 0; n < N; ++n) {
      call(streams[n], emulation::interned("%s[%d]", name, n));
    }
  }
};
#endif

}  // namespace hls_lib
