// A pointer to device memory as emulation has it: a plain one, or one that sees every access.
#pragma once
#include <hls_lib_mode.hpp>

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "../log/hooks.hpp"
#include "../strict/hooks.hpp"

namespace hls_lib {

namespace emulation {

template <class T>
void note_access([[maybe_unused]] log::kind what, [[maybe_unused]] const T* at) {
  if constexpr (mode::kLogged) log::note_memory(what, at, sizeof(T));
  if constexpr (mode::kStrict) strict::access(at, sizeof(T), what == log::kStore);
}

// The element at an address, which need not be aligned: on a card a tensor begins at a page, on a host anywhere.
template <class T>
std::remove_const_t<T> loaded(const T* at) {
  std::remove_const_t<T> value;
  std::memcpy(static_cast<void*>(&value), static_cast<const void*>(at), sizeof value);
  return value;
}

// Vectors that are read.
template <class T>
class loose_port {
 public:
  loose_port(T* at) : at_(at) {}
  T operator[](int64_t i) const { return loaded(at_ + i); }
  void soon(int64_t i) const { __builtin_prefetch(at_ + i); }

 private:
  T* at_;
};

// What stands for an element: reading and writing it are told apart.
template <class T>
class watched_element {
 public:
  explicit watched_element(T* at) : at_(at) {}
  operator T() const {
    note_access(log::kLoad, at_);
    return *at_;
  }
  watched_element& operator=(const T& value) {
    note_access(log::kStore, at_);
    *at_ = value;
    return *this;
  }

 private:
  T* at_;
};

template <class T>
class watched_port {
 public:
  using element = std::remove_const_t<T>;

  watched_port(T* at) : at_(at) {}

  auto operator[](int64_t i) const {
    if constexpr (std::is_const_v<T>) {
      note_access(log::kLoad, at_ + i);
      return loaded(at_ + i);
    } else {
      return watched_element<T>(at_ + i);
    }
  }
  watched_port operator+(int64_t elements) const { return at_ + elements; }

 private:
  T* at_;
};

}  // namespace emulation

template <class T>
using port = std::conditional_t<
    emulation::mode::kLogged || emulation::mode::kStrict, emulation::watched_port<T>,
    std::conditional_t<std::is_const_v<T> && (alignof(T) > alignof(int64_t)), emulation::loose_port<T>, T*>>;

// Has the processor bring element `i` close.
template <class T>
inline void soon(const emulation::loose_port<T>& source, int64_t i) {
  source.soon(i);
}
template <class T>
inline void soon(T* source, int64_t i) {
  __builtin_prefetch(source + i);
}
template <class T>
inline void soon(const emulation::watched_port<T>&, int64_t) {}

}  // namespace hls_lib
