// Where a logged run looks on: declared here, and defined in journal.hpp, which a logged build alone includes.
#pragma once
#include <cstdint>

#include "format.hpp"

namespace hls_lib::emulation::log {

class recorder;

// A region starts: the number of its phase.
int64_t add_phase();

// A task of a phase: where what it does is written.
recorder* add_task(int64_t phase, const char* name);

// A stream is made: its number.
int64_t add_stream(const char* name, unsigned depth);

// A stream of an array gets its name behind its declaration.
void name_stream(int64_t number, const char* name);

// The task that runs uses a stream, or accesses memory.
void note_stream(kind what, int64_t number);
void note_memory(kind what, const void* at, int64_t bytes);

// A labelled loop, from its entry to its end. The copies of the headers that logged kernels are built with hold one
// around each pipelined loop, and call `next` where an iteration starts.
class loop {
 public:
  explicit loop(const char* label);
  loop(const loop&) = delete;
  loop& operator=(const loop&) = delete;
  ~loop();
  void next();

 private:
  recorder& recorder_;
};

}  // namespace hls_lib::emulation::log
