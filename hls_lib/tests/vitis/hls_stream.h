// Stands in for Vitis' header where the synthesis branch is compiled: unbounded, so that tasks can run in turn.
#pragma once
#include <deque>

namespace hls {

template <class T, int Depth = 0>
class stream;

template <class T>
class stream<T, 0> {
 public:
  explicit stream(const char* = "") {}
  T read() {
    T value = held_.front();
    held_.pop_front();
    return value;
  }
  void read(T& value) { value = read(); }
  void write(const T& value) { held_.push_back(value); }

 private:
  std::deque<T> held_;
};

template <class T, int Depth>
class stream : public stream<T, 0> {
 public:
  using stream<T, 0>::stream;
};

}  // namespace hls
