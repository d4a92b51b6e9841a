// The cycle log as 64-bit words: what every task of a run did, in its own order, without a time.
//
//   kMagic, words in all, 1 if it was cut off, numbers of patterns, streams, labels and tasks
//   a pattern:  operations, then each as kind, subject (the stream's number; bytes of an access to memory)
//   a task:     its phase, words of its program, its program
//
// A program is a list of
//   kEnter, label                          a labelled loop is entered
//   pattern, count, (address, stride)...   so many iterations that do the same; inside no loop, so many events. For
//                                          each access to memory: its first address, and bytes to that of the next
//   kLeave                                 the loop is left
//
// The streams of a kernel cannot be asked whether they are empty, so what a task does depends on the data alone: one
// log holds for all depths of FIFOs, intervals and latencies.
#pragma once
#include <cstdint>

namespace hls_lib::emulation::log {

constexpr int64_t kMagic = 0x31474f4c5f534c48;  // "HLS_LOG1"
constexpr int64_t kHead = 7;

// Negative, so that a program tells them from patterns.
constexpr int64_t kEnter = -1;
constexpr int64_t kLeave = -2;

enum kind : int64_t { kRead = 0, kWrite = 1, kLoad = 2, kStore = 3 };

struct operation {
  int64_t what;
  int64_t subject;

  bool stream() const { return what < kLoad; }
  bool operator==(const operation& other) const { return what == other.what && subject == other.subject; }
};

}  // namespace hls_lib::emulation::log
