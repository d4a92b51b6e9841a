// What streams, ports, regions and loops call where a run is logged.
#pragma once
#include "../detail/scheduler.hpp"
#include "journal.hpp"

namespace hls_lib::emulation::log {

// Of the task that runs.
inline recorder& current() {
  const task* running = scheduler::here().current();
  if (!running) throw failure(failed, "a stream or memory is used outside of all tasks, where no log is kept");
  return *running->recorder;
}

// A labelled loop, from its entry to its end. The copies of the headers that logged kernels are built with hold one
// around each pipelined loop, and call `next` where an iteration starts.
class loop {
 public:
  explicit loop(const char* label) : recorder_(current()) { recorder_.enter(label); }
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  ~loop() { recorder_.leave(); }
  void next() { recorder_.next(); }

 private:
  recorder& recorder_;
};

}  // namespace hls_lib::emulation::log
