// A launch that fails where hardware would not do what the plain emulation does.
//
//   const strict::pointer pointers[] = {{"x", strict::in, 0, 1024, 4}, {"y", strict::out, 0, 1024, 4}};
//   int status = strict::launch(kernel, pointers, arguments, message, sizeof message);
//
// The kernel runs twice: plainly, and then so that
// - pipelines hold results back: a value reaches its FIFO when its task has begun kPipeline more iterations, writes
//   again without reading, or ends;
// - FIFOs have their declared depths;
// - memory is poisoned, and reading what nobody has written fails;
// - pointers are independent memory: what was written through one is not to be read through another;
// - accesses are aligned to their size and cross no border of 4 KiB;
// - denormals are flushed to zero.
// A stream that carries other values than in the plain run fails. Messages name the tasks.
#pragma once
#include <sys/mman.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "../launch.hpp"

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

// Who wrote an element, and through which pointer.
struct writer {
  const char* task;
  int pointer;
};

struct memory {
  std::vector<uint16_t> written_by;  // for each element the number of a writer; 0 for nobody
};

struct place {
  const char* base;
  const pointer* is;
  int number;
  memory* behind;
};

// A task as one loop: what it has read in this iteration, and the streams that it has written to.
struct pipeline {
  unsigned iteration = 0;
  std::vector<const channel*> read;
  std::vector<channel*> written;
};

struct run {
  bool on = false;
  bool races_allowed = false;
  std::vector<place> places;
  std::map<std::pair<int, int>, memory> memories;
  std::vector<writer> writers;
  std::unordered_set<const void*> on_chip;  // what has been written of arrays of the kernel itself
  std::unordered_map<const task*, pipeline> pipelines;
  std::vector<uint64_t> plain;  // the hashes of all streams
  std::size_t compared = 0;

  static run& here() {
    thread_local run mine;
    return mine;
  }
};

// For kernels that are known to exchange scratch between phases, so that the other checks have their turn.
inline bool races_allowed = false;

inline bool is_on() { return run::here().on; }

inline const char* task_name() {
  const task* current = scheduler::here().current();
  return current ? current->name() : "the kernel itself";
}

// Bits of MXCSR: denormal results and denormal operands count as zero.
constexpr unsigned kFlush = 0x8040;

inline void begin_task() {
  _mm_setcsr(is_on() ? _mm_getcsr() | kFlush : _mm_getcsr() & ~kFlush);
  run::here().pipelines[scheduler::here().current()] = {};
}

inline void publish(channel& to) {
  while (to.full()) scheduler::here().wait(to, false);
  ++to.published;
}

inline void end_task() {
  for (channel* to : run::here().pipelines[scheduler::here().current()].written) {
    while (to->published != to->written) publish(*to);
  }
}

inline void before_read(const channel& from) {
  run& now = run::here();
  const task* current = scheduler::here().current();
  if (!current || !now.on) return;
  pipeline& here = now.pipelines[current];
  if (std::find(here.read.begin(), here.read.end(), &from) != here.read.end() || here.iteration == 0) {
    ++here.iteration;
    here.read.clear();
  }
  here.read.push_back(&from);
  // Values move on with the iterations behind them.
  for (channel* to : here.written) {
    while (to->published != to->written && here.iteration - to->iteration[to->published % kPipeline] > kPipeline) {
      publish(*to);
    }
  }
}

inline void before_write(channel& to) {
  run& now = run::here();
  const task* current = scheduler::here().current();
  if (!current || !now.on) {
    publish(to);
    return;
  }
  pipeline& here = now.pipelines[current];
  if (std::find(here.written.begin(), here.written.end(), &to) == here.written.end()) here.written.push_back(&to);
  // A loop that reads nothing never stops, so what it wrote before has left its pipeline.
  const bool reads = here.iteration != to.last;
  while (to.published != to.written && (!reads || to.written - to.published == kPipeline)) publish(to);
}

inline void after_write(channel& to, const void* value, std::size_t bytes, bool is_float) {
  const task* current = scheduler::here().current();
  if (current && is_on()) {
    to.last = run::here().pipelines[current].iteration;
    to.iteration[(to.written - 1) % kPipeline] = to.last;
  }
  for (std::size_t i = 0; i < bytes; i += is_float ? 4 : 1) {
    uint32_t word = 0;
    std::memcpy(&word, static_cast<const char*>(value) + i, is_float ? 4 : 1);
    if (is_float && (word & 0x7f800000) == 0) word = 0;
    to.values = (to.values ^ word) * 0x100000001b3;
  }
}

inline void compare(const channel& stream) {
  run& now = run::here();
  if (!now.on) {
    now.plain.push_back(stream.values);
  } else if (now.plain.at(now.compared++) != stream.values) {
    throw failure(failed,
                  "stream \"%s\" from task \"%s\" to task \"%s\" carries other values than in the plain run, where "
                  "denormals are not flushed",
                  stream.name, stream.users[0]->name(), stream.users[1] ? stream.users[1]->name() : "");
  }
}

inline uint16_t writer_number(run& now, const char* task, int pointer) {
  for (std::size_t i = now.writers.size(); i-- > 1;) {
    if (now.writers[i].task == task && now.writers[i].pointer == pointer) return static_cast<uint16_t>(i);
  }
  if (now.writers.size() == 0xffff) throw failure(failed, "a strict run knows 65,534 writers at most");
  now.writers.push_back({task, pointer});
  return static_cast<uint16_t>(now.writers.size() - 1);
}

inline void access_on_chip(run& now, const void* address, bool writes) {
  if (writes) {
    now.on_chip.insert(address);
  } else if (now.on_chip.count(address) == 0) {
    throw failure(failed, "task \"%s\" reads what nobody has written, of an array on the chip", task_name());
  }
}

inline void check_alignment(const place& at, std::size_t offset, std::size_t bytes) {
  const bool aligned = (bytes & (bytes - 1)) != 0 || offset % bytes == 0;
  if (aligned && offset % 4096 + bytes <= 4096) return;
  throw failure(failed, "task \"%s\" accesses %zu bytes at byte %zu of \"%s\": %s", task_name(), bytes, offset,
                at.is->name, aligned ? "across a border of 4 KiB" : "not aligned to their size");
}

inline void access(const void* address, std::size_t bytes, bool writes) {
  run& now = run::here();
  if (!now.on) return;
  const char* byte = static_cast<const char*>(address);
  const auto at = std::find_if(now.places.begin(), now.places.end(), [&](const place& each) {
    return byte >= each.base && byte < each.base + each.is->bytes;
  });
  if (at == now.places.end()) {
    access_on_chip(now, address, writes);
    return;
  }
  const std::size_t offset = static_cast<std::size_t>(byte - at->base);
  check_alignment(*at, offset, bytes);
  if (offset + bytes > at->is->bytes) throw failure(failed, "task \"%s\" goes past \"%s\"", task_name(), at->is->name);
  if (at->is->role == in) return;
  for (std::size_t i = offset / at->is->element; i * at->is->element < offset + bytes; ++i) {
    uint16_t& by = at->behind->written_by[i];
    if (writes) {
      by = writer_number(now, task_name(), at->number);
    } else if (by == 0) {
      throw failure(failed, "task \"%s\" reads element %zu of \"%s\", which nobody has written", task_name(), i,
                    at->is->name);
    } else if (now.writers[by].pointer != at->number && !now.races_allowed) {
      throw failure(
          failed,
          "task \"%s\" reads through \"%s\" what task \"%s\" has written through another pointer: in hardware "
          "nothing makes it wait",
          task_name(), at->is->name, now.writers[by].task);
    }
  }
}

// Scratch that each of its pointers sees at addresses of its own: by them it is told through which one it is accessed.
class mirrored {
 public:
  mirrored() = default;
  mirrored(const mirrored&) = delete;
  mirrored& operator=(const mirrored&) = delete;
  ~mirrored() {
    for (const auto& [address, bytes] : mapped_) munmap(address, bytes);
    for (const auto& [number, file] : files_) close(file);
  }

  void* map(int number, std::size_t bytes) {
    const auto [file, is_new] = files_.try_emplace(number, -1);
    if (is_new) {
      file->second = memfd_create("scratch", 0);
      if (file->second < 0 || ftruncate(file->second, static_cast<off_t>(bytes)) != 0) throw std::bad_alloc();
    }
    void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file->second, 0);
    if (address == MAP_FAILED) throw std::bad_alloc();
    mapped_.push_back({address, bytes});
    return address;
  }

 private:
  std::map<int, int> files_;
  std::vector<std::pair<void*, std::size_t>> mapped_;
};

constexpr int kPoison = 0xA5;

template <std::size_t N>
void prepare(run& now, const pointer (&pointers)[N], uint64_t* words, mirrored& scratch_memory) {
  now = run();
  now.writers.push_back({"", -1});
  now.races_allowed = races_allowed;
  for (std::size_t i = 0; i < N; ++i) {
    const pointer& each = pointers[i];
    if (each.bytes == 0) continue;
    if (each.role == scratch) words[i] = reinterpret_cast<uint64_t>(scratch_memory.map(each.memory, each.bytes));
    memory& behind = now.memories[{each.role, each.memory}];
    if (each.role != in) behind.written_by.resize(each.bytes / each.element);
    now.places.push_back({reinterpret_cast<const char*>(words[i]), &each, static_cast<int>(i), &behind});
  }
}

inline void poison(run& now) {
  for (const place& each : now.places) {
    if (each.is->role != in) std::memset(const_cast<char*>(each.base), kPoison, each.is->bytes);
  }
}

inline void check_results(const run& now) {
  for (const place& each : now.places) {
    const auto& by = each.behind->written_by;
    const auto left_out = std::find(by.begin(), by.end(), 0);
    if (each.is->role == out && left_out != by.end()) {
      throw failure(failed, "nobody writes element %td of the result \"%s\"", left_out - by.begin(), each.is->name);
    }
  }
}

template <class... T, std::size_t N>
int launch(void (*kernel)(T...), const pointer (&pointers)[N], const uint64_t* arguments, char* message,
           std::size_t size) noexcept {
  run& now = run::here();
  const unsigned before = _mm_getcsr();
  const bool exact = exact_depths;
  const int status = guarded(
      [&] {
        uint64_t words[sizeof...(T)];
        std::copy_n(arguments, sizeof...(T), words);
        mirrored scratch_memory;
        prepare(now, pointers, words, scratch_memory);
        poison(now);
        call(kernel, words, std::index_sequence_for<T...>());
        poison(now);
        now.on = true;
        set_exact_depths(true);
        call(kernel, words, std::index_sequence_for<T...>());
        check_results(now);
      },
      message, size);
  now = run();
  set_exact_depths(exact);
  _mm_setcsr(before);
  return status;
}

}  // namespace hls_lib::emulation::strict
