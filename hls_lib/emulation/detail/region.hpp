// The emulated dataflow region: collects tasks, and runs them where it ends.
#pragma once
#include <cstddef>
#include <exception>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "../hls_stream.h"
#include "scheduler.hpp"

namespace hls_lib::emulation {

// The name of one of several things, by `format`. It is kept for as long as the process lives: names outlast the
// regions that make them. A template, so that only kernels that have such names compile it.
template <class Number>
const char* interned(const char* format, const char* name, Number number) {
  static std::mutex mutex;
  static std::set<std::string> kept;
  message text;
  text.add(format, name, number);
  const std::lock_guard<std::mutex> locked(mutex);
  return kept.insert(text.c_str()).first->c_str();
}

template <class T>
std::true_type as_stream(const hls::stream<T, 0>*);
std::false_type as_stream(...);
template <class T>
constexpr bool is_stream = decltype(as_stream(static_cast<std::decay_t<T>*>(nullptr)))::value;

template <class T>
constexpr bool is_streams = false;
template <class T, std::size_t N>
constexpr bool is_streams<T[N]> = is_stream<T>;

class region {
 public:
  region() : scheduler_(scheduler::here()), exceptions_(std::uncaught_exceptions()) {
    if constexpr (mode::kStrict) left_out_ = !scheduler_.current() && !strict::begin_phase();
    if constexpr (mode::kLogged) {
      if (scheduler_.current()) throw failure(failed, "no log is kept of a region inside a task");
      phase_ = log::add_phase();
    }
  }
  region(const region&) = delete;
  region& operator=(const region&) = delete;

  // The end of the region is where its tasks run, so this is where they fail.
  ~region() noexcept(false) {
    if (std::uncaught_exceptions() > exceptions_) {
      give_up();
      return;
    }
    try {
      scheduler_.finish(group_);
      check_streams();
    } catch (...) {
      give_up();
      throw;
    }
  }

 protected:
  // Calls `function(arguments...)` as a task. Streams and arrays of them go by reference, all else by value.
  template <class Function, class... A>
  void add(const char* name, Function function, A&&... arguments) {
    if (mode::kStrict && left_out_) return;
    using Call = kept_call<Function, std::index_sequence_for<A...>, decltype(keep(arguments))...>;
    task& added = scheduler_.add(name, group_, Call{{keep(arguments)}..., function});
    if constexpr (mode::kLogged) added.recorder = log::add_task(phase_, name);
    (connect(added, arguments), ...);
  }

  template <class T>
  static void call(hls::stream<T, 0>& stream, const char* name) {
    stream.channel().name = name;
    if constexpr (mode::kLogged) log::name_stream(stream.channel().number, name);
  }

 private:
  template <class T>
  struct by_reference {
    T* target;
  };

  template <class T>
  static auto keep(T& argument) {
    if constexpr (is_stream<T> || is_streams<T>) {
      return by_reference<T>{&argument};
    } else {
      return std::decay_t<T>(argument);
    }
  }

  template <class T>
  static T& use(const by_reference<T>& kept) {
    return *kept.target;
  }
  template <class T>
  static const T& use(const T& kept) {
    return kept;
  }

  template <std::size_t I, class T>
  struct kept_argument {
    T value;
  };
  template <class Function, class Numbers, class... T>
  struct kept_call;
  // A std::tuple of the arguments would do, but a kernel would take the compiler a quarter longer.
  template <class Function, std::size_t... I, class... T>
  struct kept_call<Function, std::index_sequence<I...>, T...> : kept_argument<I, T>... {
    Function function;

    void operator()() const {
      if constexpr (mode::kStrict) strict::begin_task();
      function(use(kept_argument<I, T>::value)...);
      if constexpr (mode::kStrict) strict::end_task();
    }
  };

  // A region on a task leaves it to the outermost one, which does not stand on a task's stack.
  void give_up() {
    if (!scheduler_.current()) scheduler_.abandon_all();
  }

  // A stream joins two tasks; a third one would be a second writer or a second reader. A task that has a region of its
  // own hands its end of the stream over to one of that region's tasks.
  template <class T>
  void connect(const task& user, T& argument) {
    if constexpr (is_streams<T>) {
      for (auto& stream : argument) connect(user, stream);
    } else if constexpr (is_stream<T>) {
      take_end(user, argument.channel());
    }
  }

  void take_end(const task& user, channel& c) {
    if (c.users[0] == &user || c.users[1] == &user) return;
    for (const task*& end : c.users) {
      if (end && end != scheduler_.current()) continue;
      uses_.push_back({&c, &end, end});
      end = &user;
      c.writer = c.reader = nullptr;
      return;
    }
    throw failure(failed,
                  "stream \"%s\" is used by three tasks: \"%s\", \"%s\" and \"%s\"; it joins one writer to one reader "
                  "(fork copies a stream)",
                  c.name, c.users[0]->name(), c.users[1]->name(), user.name());
  }

  void check_streams() {
    if constexpr (mode::kStrict) {
      for (const use_of_stream& each : uses_) {
        if (each.end == &each.used->users[0] && !each.before) strict::compare(*each.used);
      }
    }
    for (const use_of_stream& each : uses_) {
      channel& c = *each.used;
      *each.end = each.before;
      c.writer = c.reader = nullptr;
      if (!each.before && !c.empty()) {
        throw failure(failed, "stream \"%s\" still holds %u of the %u elements written to it: its reader takes too few",
                      c.name, c.fill(), c.written);
      }
    }
  }

  struct use_of_stream {
    channel* used;
    const task** end;
    const task* before;
  };

  scheduler& scheduler_;
  group group_;
  std::vector<use_of_stream> uses_;
  int exceptions_;
  bool left_out_ = false;
  int64_t phase_ = 0;  // in the log
};

}  // namespace hls_lib::emulation
