// What is known of a strict launch while it goes on.
#pragma once
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "../detail/scheduler.hpp"

namespace hls_lib::emulation::strict {

enum role { in, out, scratch };

// A pointer argument: which of the inputs, results or scratch memories it points to, and its bytes.
struct pointer {
  const char* name;
  strict::role role;
  int memory;
  std::size_t bytes;
  std::size_t element;
};

// Who accesses a memory, and through which pointer.
struct user {
  const char* task;
  int phase;
  const pointer* through;
  bool writes;

  bool operator==(const user& other) const {
    return task == other.task && phase == other.phase && through == other.through && writes == other.writes;
  }
};

struct memory {
  std::vector<user> users;           // in the plain run
  std::vector<const char*> written;  // for each element the task that has written it, in the strict run
};

struct place {
  const char* base;
  const pointer* is;
  memory* behind;
};

// A task as one loop: what it has read in this iteration, and the streams that it has written to.
struct pipeline {
  unsigned iteration = 0;
  std::vector<const channel*> read;
  std::vector<channel*> written;
};

struct run {
  enum { none, plain, strict } is = none;
  int phase = -1;  // the last that has begun, of this call of the kernel
  int only = -1;   // the one that has tasks, in the strict run
  std::vector<place> places;
  std::map<std::pair<int, int>, memory> memories;
  std::vector<std::vector<bool>> waits;             // [later][earlier], for phases
  std::unordered_map<const void*, int> last_phase;  // that accessed an element of the kernel's own arrays
  std::unordered_set<const void*> written_on_chip;  // of them in the strict run
  std::unordered_map<const task*, pipeline> pipelines;
  std::vector<std::vector<uint64_t>> values;  // the hashes of the streams of each phase, in the plain run
  std::size_t compared = 0;

  static run& here() {
    thread_local run mine;
    return mine;
  }
};

inline bool is_on() { return run::here().is == run::strict; }

inline const char* task_name() {
  const task* current = scheduler::here().current();
  return current ? current->name() : "the kernel itself";
}

}  // namespace hls_lib::emulation::strict
