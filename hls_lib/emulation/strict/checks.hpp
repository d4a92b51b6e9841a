// A launch that fails where hardware would not do what the plain emulation does.
//
//   const strict::pointer pointers[] = {{"x", strict::in, 0, 1024, 4}, {"y", strict::out, 0, 1024, 4}};
//   int status = strict::launch(kernel, pointers, arguments, message, sizeof message);
//
// The kernel runs twice: plainly, and then so that
// - pipelines hold results back: a value reaches its FIFO when its task has begun kPipeline more iterations, writes
//   again without reading, or ends;
// - FIFOs have their declared depths;
// - phases that nothing makes wait for each other run in reversed order, and must not use the same memory;
// - memory is poisoned, and reading what nobody has written fails, as does writing what another task has written;
// - accesses are aligned to their size and cross no border of 4 KiB;
// - denormals are flushed to zero.
// A stream that carries other values than in the plain run fails. Messages name the tasks.
//
// A phase is a dataflow region that no task starts. For another order the kernel is called once for each phase, and the
// others have no tasks in that call.
#pragma once
#include <sys/mman.h>
#include <unistd.h>
#include <xmmintrin.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "../launch.hpp"
#include "phases.hpp"
#include "run.hpp"

namespace hls_lib::emulation::strict {

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
  if (!current || !is_on()) return;
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
  if (!current || !is_on()) {
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
  if (now.is == run::plain) {
    now.values[now.phase].push_back(stream.values);
  } else if (now.is == run::strict && now.values[now.phase].at(now.compared++) != stream.values) {
    throw failure(failed,
                  "stream \"%s\" from task \"%s\" to task \"%s\" carries other values than in the plain run, where "
                  "denormals are not flushed",
                  stream.name, stream.users[0]->name(), stream.users[1] ? stream.users[1]->name() : "");
  }
}

inline void access_on_chip(run& now, const void* address, bool writes) {
  if (now.is == run::plain) {
    note_on_chip(now, address);
  } else if (writes) {
    now.written_on_chip.insert(address);
  } else if (now.written_on_chip.count(address) == 0) {
    throw failure(failed, "task \"%s\" reads what nobody has written, of an array on the chip", task_name());
  }
}

inline void check_alignment(const place& at, std::size_t offset, std::size_t bytes) {
  const bool aligned = (bytes & (bytes - 1)) != 0 || offset % bytes == 0;
  if (aligned && offset % 4096 + bytes <= 4096) return;
  throw failure(failed, "task \"%s\" accesses %zu bytes at byte %zu of \"%s\": %s", task_name(), bytes, offset,
                at.is->name, aligned ? "across a border of 4 KiB" : "not aligned to their size");
}

inline void access_elements(const place& at, std::size_t first, std::size_t last, bool writes) {
  for (std::size_t i = first; i <= last; ++i) {
    const char*& by = at.behind->written[i];
    if (!writes && !by) {
      throw failure(failed, "task \"%s\" reads element %zu of \"%s\", which nobody has written", task_name(), i,
                    at.is->name);
    }
    if (writes && by && by != task_name()) {
      throw failure(failed, "task \"%s\" writes element %zu of \"%s\", which task \"%s\" has written", task_name(), i,
                    at.is->name, by);
    }
    if (writes) by = task_name();
  }
}

inline void access(const void* address, std::size_t bytes, bool writes) {
  run& now = run::here();
  if (now.is == run::none) return;
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
  if (now.is == run::plain) {
    note(now, *at->behind, at->is, writes);
  } else {
    access_elements(*at, offset / at->is->element, (offset + bytes - 1) / at->is->element, writes);
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
  now.is = run::plain;
  for (std::size_t i = 0; i < N; ++i) {
    const pointer& each = pointers[i];
    if (each.bytes == 0) continue;
    if (each.role == scratch) words[i] = reinterpret_cast<uint64_t>(scratch_memory.map(each.memory, each.bytes));
    memory& behind = now.memories[{each.role, each.memory}];
    if (each.role != in) behind.written.resize(each.bytes / each.element);
    now.places.push_back({reinterpret_cast<const char*>(words[i]), &each, &behind});
  }
}

inline void poison(run& now) {
  for (const place& each : now.places) {
    if (each.is->role != in) std::memset(const_cast<char*>(each.base), kPoison, each.is->bytes);
  }
}

inline void check_results(const run& now) {
  for (const place& each : now.places) {
    const auto& by = each.behind->written;
    const auto left_out = std::find(by.begin(), by.end(), nullptr);
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
        find_waits(now);
        check_races(now);
        poison(now);
        now.is = run::strict;
        set_exact_depths(true);
        for (int phase : reversed_order(now)) {
          now.phase = -1;
          now.only = phase;
          call(kernel, words, std::index_sequence_for<T...>());
        }
        check_results(now);
      },
      message, size);
  now = run();
  set_exact_depths(exact);
  _mm_setcsr(before);
  return status;
}

}  // namespace hls_lib::emulation::strict
