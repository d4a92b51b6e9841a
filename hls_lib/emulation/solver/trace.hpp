// The cycle log (log/format.hpp) as the solver reads it. A log that is cut off or makes no sense is refused.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "../log/format.hpp"

namespace hls_lib::emulation::solver {

struct malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An iteration's operations by kind. The n-th use of one stream is a cycle later than the one before.
struct pattern {
  struct use {
    int64_t stream;
    int64_t turn;   // how many uses of the stream come before it in the iteration
    int64_t turns;  // in all
  };
  struct access {
    int64_t bytes;
    int64_t place;  // among the accesses of the iteration, as the program gives their addresses
    bool store;
  };
  std::vector<use> reads, writes;
  std::vector<access> accesses;
  int64_t turns = 1;  // most uses of one stream
  bool loads = false;
  bool stores = false;
};

struct task_trace {
  int64_t phase;
  const int64_t* program;
  const int64_t* end;
};

struct trace {
  int64_t streams;
  int64_t labels;
  std::vector<pattern> patterns;
  std::vector<task_trace> tasks;
};

class trace_reader {
 public:
  trace_reader(const int64_t* words, int64_t count) : at_(words), end_(words + count) {}

  trace read() {
    trace out;
    const int64_t* const start = at_;
    if (end_ - at_ < log::kHead || next() != log::kMagic) throw malformed("this is no cycle log");
    if (next() != end_ - start) throw malformed("the cycle log is cut off");
    if (next() != 0) throw malformed("the cycle log was cut off where it was written: it grew beyond its limit");
    const int64_t patterns = size(), streams = next(), labels = next(), tasks = size();
    out.streams = streams;
    out.labels = labels;
    for (int64_t i = 0; i < patterns; ++i) out.patterns.push_back(read_pattern(streams));
    for (int64_t i = 0; i < tasks; ++i) {
      const int64_t phase = next(), length = size();
      out.tasks.push_back({phase, at_, at_ + length});
      check(out, out.tasks.back());
      at_ += length;
    }
    if (at_ != end_) throw malformed("the cycle log has words left over");
    return out;
  }

 private:
  int64_t next() {
    if (at_ == end_) throw malformed("the cycle log is cut off");
    return *at_++;
  }
  int64_t size() {
    const int64_t n = next();
    if (n < 0 || n > end_ - at_) throw malformed("the cycle log is cut off");
    return n;
  }

  pattern read_pattern(int64_t streams) {
    pattern out;
    const int64_t count = size();
    for (int64_t i = 0; i < count; ++i) {
      const int64_t what = next(), subject = next();
      if (what < log::kRead || what > log::kStore) throw malformed("the cycle log has an operation of no kind");
      if (what >= log::kLoad) {
        const bool store = what == log::kStore;
        out.accesses.push_back({subject, static_cast<int64_t>(out.accesses.size()), store});
        (store ? out.stores : out.loads) = true;
        continue;
      }
      if (subject < 0 || subject >= streams) throw malformed("the cycle log uses a stream it does not declare");
      auto& uses = what == log::kRead ? out.reads : out.writes;
      int64_t turns = 1;
      for (const pattern::use& each : uses) turns += each.stream == subject;
      uses.push_back({subject, turns - 1, turns});
      for (pattern::use& each : uses) {
        if (each.stream == subject) each.turns = turns;
      }
      out.turns = turns > out.turns ? turns : out.turns;
    }
    return out;
  }

  static void check(const trace& whole, const task_trace& task) {
    bool inside = false;
    for (const int64_t* at = task.program; at != task.end;) {
      const int64_t code = *at++;
      const int64_t left = task.end - at;
      if (code == log::kEnter) {
        if (inside || left < 1 || *at < 0 || *at >= whole.labels) throw malformed("the cycle log enters no loop");
        inside = true;
        ++at;
      } else if (code == log::kLeave) {
        if (!inside) throw malformed("the cycle log leaves a loop it has not entered");
        inside = false;
      } else {
        if (code < 0 || code >= static_cast<int64_t>(whole.patterns.size())) {
          throw malformed("the cycle log has a pattern it does not declare");
        }
        const int64_t words = 1 + 2 * static_cast<int64_t>(whole.patterns[code].accesses.size());
        if (left < words || *at < 1) throw malformed("the cycle log has a run of no length");
        if (!inside && words > 1) throw malformed("the cycle log accesses memory outside of all loops");
        at += words;
      }
    }
    if (inside) throw malformed("the cycle log ends inside a loop");
  }

  const int64_t* at_;
  const int64_t* end_;
};

}  // namespace hls_lib::emulation::solver
