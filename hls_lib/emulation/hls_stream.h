// hls::stream for emulation: a bounded ring, as Vitis spells it.
//
//   hls::stream<float, 8> scores("scores");
//   scores.write(1.0f);
//   float x = scores.read();
//
// Reading an empty stream or writing a full one lets the other tasks run. empty(), full() and the non-blocking calls
// are left out: what they answer depends on the schedule, in hardware as here. Streams are automatic variables.
#pragma once
#include <algorithm>
#include <type_traits>
#include <utility>

#include <hls_lib_mode.hpp>

#include "detail/scheduler.hpp"
#include "log/hooks.hpp"

namespace hls {

template <class T, int Depth = 0>
class stream;

template <class T>
class stream<T, 0> {
  static_assert(std::is_trivially_copyable_v<T>, "a stream carries plain data");
  static_assert(alignof(T) <= 64, "rings are aligned to 64 bytes");

 public:
  using value_type = T;

  // 2 is the depth Vitis gives a stream that declares none.
  explicit stream(const char* name = "stream") : stream(name, 2) {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() { hls_lib::emulation::scheduler::here().memory().give(ring_); }

  T read() {
    if constexpr (hls_lib::emulation::mode::kStrict) hls_lib::emulation::strict::before_read(channel_);
    if (__builtin_expect(channel_.empty(), 0)) wait(true);
    note(hls_lib::emulation::log::kRead);
    return ring_[channel_.read++ & mask_];
  }
  void read(T& value) { value = read(); }

  void write(const T& value) {
    if constexpr (hls_lib::emulation::mode::kStrict) {
      write_strictly(value);
    } else {
      if (__builtin_expect(channel_.full(), 0)) wait(false);
      note(hls_lib::emulation::log::kWrite);
      ring_[channel_.written++ & mask_] = value;
    }
  }

  void operator>>(T& value) { value = read(); }
  void operator<<(const T& value) { write(value); }

  // For dataflow.hpp.
  hls_lib::emulation::channel& channel() { return channel_; }

 protected:
  stream(const char* name, unsigned depth) {
    using namespace hls_lib::emulation;
    // At this capacity a switch is paid once in some hundred elements, and a ring of vectors still fits the cache.
    constexpr unsigned kSlack = 256;
    channel_.name = name;
    channel_.depth = depth;
    channel_.capacity = exact_depths.load(std::memory_order_relaxed) ? depth : std::max(depth, kSlack);
    unsigned slots = 1;
    while (slots < channel_.capacity + (mode::kStrict ? strict::kPipeline : 0)) slots *= 2;
    mask_ = slots - 1;
    ring_ = static_cast<T*>(scheduler::here().memory().take(sizeof(T) * slots));
    if constexpr (mode::kLogged) channel_.number = log::add_stream(name, depth);
  }

 private:
  void note([[maybe_unused]] hls_lib::emulation::log::kind what) const {
    if constexpr (hls_lib::emulation::mode::kLogged) hls_lib::emulation::log::note_stream(what, channel_.number);
  }

  // What a pipeline holds lies in the ring behind what is in the FIFO.
  void write_strictly(const T& value) {
    namespace strict = hls_lib::emulation::strict;
    strict::before_write(channel_);
    ring_[channel_.written++ & mask_] = value;
    strict::after_write(channel_, &value, sizeof value, is_float<T>(0));
  }

  template <class V>
  static constexpr bool is_float(decltype(std::declval<V>().lane[0], 0)) {
    return std::is_same_v<std::decay_t<decltype(std::declval<V>().lane[0])>, float>;
  }
  template <class V>
  static constexpr bool is_float(...) {
    return std::is_same_v<V, float>;
  }

  [[gnu::cold, gnu::noinline]] void wait(bool to_read) {
    hls_lib::emulation::scheduler::here().wait(channel_, to_read);
  }

  T* ring_;
  unsigned mask_;
  hls_lib::emulation::channel channel_;
};

template <class T, int Depth>
class stream : public stream<T, 0> {
 public:
  explicit stream(const char* name = "stream") : stream<T, 0>(name, Depth) {}
};

}  // namespace hls
