// Has a kernel that was started once run a step whenever the host commands it, until the host ends it.
//
//   extern "C" void search(const float* rows, float* best, volatile uint64_t* queue) {   // queue: in the host's memory
//     uint64_t words[2];
//     for (uint64_t number = first_command(queue); next_command(queue, number, words); ++number) {
//   #pragma HLS pipeline off
//       search_step(at(rows, words[0]), at(best, words[1]));
//     }
//   }
//
// The queue is of 64-bit words: how many commands have ended, the number of the first one to run, and from word 8 on
// kCommands entries. Command n, counted from 1, is in entry (n - 1) % kCommands: its number, which the host writes
// last, and a word an argument. An entry begins at a multiple of 8 words, which no other entry has a part of.
#pragma once
#include <cstdint>

#ifndef HLS_LIB_SYNTHESIS
#include "detail/doorbell.hpp"
#endif

namespace hls_lib {

constexpr int kCommands = 16;
constexpr uint64_t kNoMoreCommands = ~uint64_t(0);

// The place so many bytes behind the one that a port points to: each step has memory of its own.
template <class T>
T* at(T* port, uint64_t bytes) {
#pragma HLS inline
#ifdef HLS_LIB_SYNTHESIS
  return port + static_cast<int64_t>(bytes) / static_cast<int64_t>(sizeof(T));
#else
  return reinterpret_cast<T*>(reinterpret_cast<uintptr_t>(port) + bytes);
#endif
}

inline uint64_t first_command(volatile uint64_t* queue) { return queue[1]; }

// Tells the end of the command before `number` and waits for that one. False where the host wants no more.
//
// HLS starts calls at the same time that share no memory, but nothing before the iteration of a loop that is not
// pipelined has ended; so the end of a step is told where the next one is waited for.
template <int Words>
bool next_command(volatile uint64_t* queue, uint64_t number, uint64_t (&words)[Words]) {
#pragma HLS inline off
  constexpr int kEntry = (1 + Words + 7) / 8 * 8;
  volatile uint64_t* entry = queue + 8 + (number - 1) % kCommands * kEntry;
  uint64_t found;
#ifdef HLS_LIB_SYNTHESIS
  queue[0] = number - 1;
  do {
    found = entry[0];
  } while (found != number && found != kNoMoreCommands);
#else
  emulation::ring(queue, number - 1);
  found = emulation::await(entry, number, kNoMoreCommands);
#endif
  if (found == kNoMoreCommands) return false;
command_words:
  for (int i = 0; i < Words; ++i) {
#pragma HLS pipeline II=1
    words[i] = entry[1 + i];
  }
  return true;
}

}  // namespace hls_lib
