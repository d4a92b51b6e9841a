// Calls the top function of a kernel with its arguments as a table of 64-bit words, the way its registers hold them.
//
//   extern "C" void search(const float* rows, float* out, int64_t step);
//   const uint64_t arguments[] = {address_of_rows, address_of_out, 64};
//   int status = hls_lib::emulation::launch(search, arguments, message, sizeof message);   // as `guarded` returns it
//
// So one function pointer type serves for every kernel, and a host needs no C++ to call it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "detail/guard.hpp"

namespace hls_lib::emulation {

template <class T>
T from_word(uint64_t word) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(word);
  } else {
    static_assert(std::is_integral_v<T>, "scalar arguments are integers");
    return static_cast<T>(word);
  }
}

template <class... T, std::size_t... I>
void call(void (*kernel)(T...), const uint64_t* arguments, std::index_sequence<I...>) {
  kernel(from_word<T>(arguments[I])...);
}

template <class... T>
int launch(void (*kernel)(T...), const uint64_t* arguments, char* message, std::size_t size) noexcept {
  return guarded([&] { call(kernel, arguments, std::index_sequence_for<T...>()); }, message, size);
}

}  // namespace hls_lib::emulation
