// What a task waits for, and how long.
#pragma once
#include <algorithm>
#include <cstdint>

#include "design.hpp"

namespace hls_lib::emulation::solver {

enum cause { kNone, kReadStream, kWriteStream, kLatency, kBandwidth };

// The earliest cycle that one thing allows, and which thing.
struct bound {
  int64_t from = INT64_MIN;
  cause why = kNone;
  int64_t subject = 0;
  int64_t latency_to = INT64_MIN;  // of a wait for memory: what of it is latency

  void join(const bound& other) {
    if (other.from > from) *this = other;
  }
};

// The waits of one task, by cause. Those for a stream or an operand are counted there too.
class waits {
 public:
  waits(design& all, task_times& times) : all_(all), times_(times) {}

  // Cycles from `base` to `cycle` that were waited for `b`.
  void charge(const bound& b, int64_t base, int64_t cycle) {
    if (cycle <= base) return;
    const int64_t cycles = cycle - base;
    if (b.why == kLatency || b.why == kBandwidth) {
      charge_memory(base, cycle, b.latency_to, b.subject);
    } else if (b.why == kReadStream) {
      all_.fifos[b.subject].read_wait += cycles;
      times_.read_wait += cycles;
    } else if (b.why == kWriteStream) {
      all_.fifos[b.subject].write_wait += cycles;
      times_.write_wait += cycles;
    }
  }

  // Those for memory: up to `latency_to` for its latency, from there for its bandwidth.
  void charge_memory(int64_t base, int64_t cycle, int64_t latency_to, int64_t operand) {
    const int64_t latency = std::clamp(latency_to, base, cycle) - base;
    times_.latency_wait += latency;
    times_.bandwidth_wait += cycle - base - latency;
    all_.operand_results[operand].latency_wait += latency;
    all_.operand_results[operand].bandwidth_wait += cycle - base - latency;
  }

  int64_t total() const { return times_.read_wait + times_.write_wait + times_.latency_wait + times_.bandwidth_wait; }

 private:
  design& all_;
  task_times& times_;
};

}  // namespace hls_lib::emulation::solver
