// Solves a cycle log for given FIFO depths, loop timings and memory: when each task starts, waits and ends.
//
// Phases run one after the other, the tasks of a phase at the same time. Every task goes as far as the times that it
// depends on are known. Only the order of requests on a channel that several tasks share is not given by the log: when
// no task can go on, the earliest request of all is served, since whatever still waits can only come later.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <vector>

#include "process.hpp"

namespace hls_lib::emulation::solver {

struct problem {
  const int64_t* log;
  int64_t words;
  const int64_t* depths;  // of each stream
  const loop_timing* timings;
  int64_t timing_count;
  const int64_t* pauses;  // of loops that are followed by a pause in each n-th entry
  const operand* operands;
  int64_t operand_count;
  const channel_rate* channels;
  int64_t channel_count;
  settings how;
};

struct solution {
  task_times* tasks;
  stream_times* streams;
  operand_times* operands;
};

class solver {
 public:
  explicit solver(const problem& p) : problem_(p), log_(trace_reader(p.log, p.words).read()) {
    operands_.assign(p.operands, p.operands + p.operand_count);
    operand_results_.resize(operands_.size());
    for (int64_t i = 0; i < p.channel_count; ++i) channels_.push_back({p.channels[i]});
    ends_.resize(log_.streams);
    for (std::size_t i = 0; i < log_.tasks.size(); ++i) look_at_streams(static_cast<int64_t>(i));
    for (int64_t i = 0; i < log_.streams; ++i) {
      fifos_.emplace_back(std::max<int64_t>(p.depths[i], 1), ends_[i].elements);
    }
  }

  outcome run(const solution& out) {
    design all = {log_, problem_.how, fifos_, channels_, operands_, operand_results_, problem_.pauses};
    int64_t phases = 0;
    for (const task_trace& each : log_.tasks) phases = std::max(phases, each.phase + 1);
    int64_t start = 0;
    outcome how = kSolved;
    for (int64_t phase = 0; phase < phases && how == kSolved; ++phase) how = run_phase(all, phase, start, out);
    for (std::size_t i = 0; i < fifos_.size(); ++i) {
      const fifo& each = fifos_[i];
      out.streams[i] = {ends_[i].writer, ends_[i].reader, each.elements(),
                        each.most(),     each.read_wait,  each.write_wait};
    }
    std::copy(operand_results_.begin(), operand_results_.end(), out.operands);
    return how;
  }

 private:
  outcome run_phase(design& all, int64_t phase, int64_t& start, const solution& out) {
    std::vector<std::unique_ptr<process>> tasks;
    std::vector<int64_t> numbers;
    for (channel& each : channels_) each.users = 0;
    for (std::size_t i = 0; i < log_.tasks.size(); ++i) {
      if (log_.tasks[i].phase != phase) continue;
      tasks.push_back(
          std::make_unique<process>(all, static_cast<int64_t>(i), timings_of(static_cast<int64_t>(i)), start));
      numbers.push_back(static_cast<int64_t>(i));
      count_users(log_.tasks[i]);
    }
    const outcome how = run_tasks(tasks);
    int64_t end = start;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      out.tasks[numbers[i]] = tasks[i]->times;
      end = std::max(end, tasks[i]->times.end);
    }
    start = end + problem_.how.phase_cycles;
    return how;
  }

  outcome run_tasks(const std::vector<std::unique_ptr<process>>& tasks) {
    for (;;) {
      bool moved = false, done = true;
      process* first = nullptr;
      for (const auto& each : tasks) {
        if (each->done()) continue;
        moved = each->advance() || moved;
        done = done && each->done();
        if (each->request() != INT64_MAX && (!first || each->request() < first->request())) first = each.get();
      }
      if (done) return kSolved;
      if (moved) continue;
      if (!first) return kDeadlock;
      first->grant(first->request());
    }
  }

  std::vector<const loop_timing*> timings_of(int64_t task) const {
    std::vector<const loop_timing*> out(log_.labels);
    for (int64_t i = 0; i < problem_.timing_count; ++i) {
      const loop_timing& each = problem_.timings[i];
      if (each.task == task && each.label >= 0 && each.label < log_.labels) out[each.label] = &each;
    }
    return out;
  }

  template <class Function>
  void each_run(const task_trace& task, Function&& function) const {
    for (const int64_t* at = task.program; at != task.end;) {
      if (*at == log::kEnter) {
        at += 2;
      } else if (*at == log::kLeave) {
        ++at;
      } else {
        const pattern& does = log_.patterns[*at];
        function(does, at + 1);
        at += 2 + 2 * does.accesses.size();
      }
    }
  }

  void look_at_streams(int64_t task) {
    each_run(log_.tasks[task], [&](const pattern& does, const int64_t* run) {
      for (const pattern::use& each : does.reads) ends_[each.stream].reader = task;
      for (const pattern::use& each : does.writes) {
        ends_[each.stream].writer = task;
        ends_[each.stream].elements += run[0];
      }
    });
  }

  void count_users(const task_trace& task) {
    std::vector<bool> used(channels_.size());
    each_run(task, [&](const pattern& does, const int64_t* run) {
      for (const pattern::access& each : does.accesses) {
        const int64_t address = run[1 + 2 * each.place];
        for (const operand& o : operands_) {
          if (address >= o.address && address < o.address + o.bytes) used[o.channel] = true;
        }
      }
    });
    for (std::size_t i = 0; i < used.size(); ++i) channels_[i].users += used[i];
  }

  struct ends {
    int64_t writer = -1, reader = -1;
    int64_t elements = 0;  // written
  };

  const problem& problem_;
  trace log_;
  std::vector<operand> operands_;
  std::vector<operand_times> operand_results_;
  std::vector<channel> channels_;
  std::vector<ends> ends_;
  std::vector<fifo> fifos_;
};

}  // namespace hls_lib::emulation::solver

// `out` has room for all tasks and streams of the log and all operands. Gives an outcome; where the log is not
// understood, `message` says why.
extern "C" int64_t hls_lib_solve(const hls_lib::emulation::solver::problem* p,
                                 const hls_lib::emulation::solver::solution* out, char* message, int64_t size) {
  using namespace hls_lib::emulation::solver;
  try {
    return solver(*p).run(*out);
  } catch (const untimed& loop) {
    std::snprintf(message, static_cast<std::size_t>(size), "%ld %ld", static_cast<long>(loop.task),
                  static_cast<long>(loop.label));
    return kUntimed;
  } catch (const std::exception& error) {
    std::snprintf(message, static_cast<std::size_t>(size), "%s", error.what());
    return kMalformed;
  }
}
