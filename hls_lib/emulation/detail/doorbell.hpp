// A word of memory that one side writes and the other sleeps on, in one process or in two that share it.
#pragma once
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdint>

namespace hls_lib::emulation {

// The half of a word that a futex looks at: on a little-endian machine the low one.
inline uint32_t* bell_of(volatile uint64_t* word) { return reinterpret_cast<uint32_t*>(const_cast<uint64_t*>(word)); }

// Writes a word, after all that was written before, and wakes who sleeps on it.
inline void ring(volatile uint64_t* word, uint64_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
  syscall(SYS_futex, bell_of(word), FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

// Sleeps until a word is one of two values; which.
inline uint64_t await(volatile uint64_t* word, uint64_t value, uint64_t other) {
  for (;;) {
    const uint64_t found = __atomic_load_n(word, __ATOMIC_ACQUIRE);
    if (found == value || found == other) return found;
    syscall(SYS_futex, bell_of(word), FUTEX_WAIT, static_cast<uint32_t>(found), nullptr, nullptr, 0);
  }
}

}  // namespace hls_lib::emulation
