// What goes into the solver and comes out of it, as plain structures of 64-bit fields for callers in any language.
#pragma once
#include <cstdint>

namespace hls_lib::emulation::solver {

// One loop of one task. Times are in cycles.
struct loop_timing {
  int64_t task, label;
  int64_t ii, depth, after;
  int64_t bursts;                  // 0: each access to memory is a request of its own, even where addresses follow
  int64_t beat_bytes;              // of an access to memory; 0: as the whole kernel's
  int64_t outstanding;             // reads or bursts under way; 0: as the whole kernel's
  int64_t first_pause, pause_end;  // its part of `pauses`
};

// A buffer in device memory that an argument of the kernel points to.
struct operand {
  int64_t address, bytes;
  int64_t channel;
};

struct channel_rate {
  double bytes_per_cycle;  // 0: no limit
  double request_cycles;   // between two requests of which neither goes on where the one before it on its port ended
};

enum style : int64_t { kStp = 0, kFlp = 1 };

struct settings {
  int64_t pipelines;      // a style
  int64_t read_latency;   // from a request to its first beat
  int64_t write_latency;  // from the last beat to the response
  int64_t outstanding;    // bursts of one loop on one port that may be under way
  int64_t burst_beats;    // of a burst, at most
  int64_t beat_bytes;
  int64_t page_bytes;    // no burst crosses a border of these
  int64_t phase_cycles;  // from the end of a phase's last task to the start of the next one
};

enum blocked : int64_t { kNothing = 0, kToRead = 1, kToWrite = 2 };

struct task_times {
  int64_t start, end;
  int64_t busy;      // iterations, and events outside of loops
  int64_t interval;  // between iterations that could be had sooner at an II of 1
  int64_t drain;     // entering and leaving loops
  int64_t read_wait, write_wait, latency_wait, bandwidth_wait;
  int64_t blocked_to, blocked_stream;
};

struct stream_times {
  int64_t writer, reader;  // tasks; -1: none
  int64_t elements;
  int64_t most;  // elements in it at once
  int64_t read_wait, write_wait;
};

struct operand_times {
  int64_t bytes, requests;
  int64_t latency_wait, bandwidth_wait;
};

// For a loop without a timing, the message is the numbers of its task and its label.
enum outcome : int64_t { kSolved = 0, kDeadlock = 1, kMalformed = 2, kUntimed = 3 };

}  // namespace hls_lib::emulation::solver
