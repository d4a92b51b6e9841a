// A task in time: walks its part of the log as far as the times of its streams are known.
//
// A loop is entered in cycle e and issues its first iteration in e + 1, the next ones `ii` cycles apart. An iteration
// reads its streams when it is issued and writes `depth` - 1 cycles later, all of them together; one cycle after the
// last write, and `after`, the loop is left. So a loop that waits for nothing takes ii * (n - 1) + depth - 1 + 2 +
// after. An event outside of loops takes a cycle.
//
// stp: the whole pipeline stands while the iteration to be issued lacks an input, or the one at its end room for an
//      output. Results behind a missing input are held back.
// flp: each iteration goes on as far as it can; a new one is issued while there is a place in the pipeline.
//      It holds ceil((depth - 1) / ii) iterations.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "design.hpp"
#include "transfers.hpp"
#include "waits.hpp"

namespace hls_lib::emulation::solver {

// A task enters a loop that no timing was given for.
struct untimed {
  int64_t task, label;
};

class process {
 public:
  process(design& all, int64_t number, std::vector<const loop_timing*> timings, int64_t start)
      : all_(all),
        waits_(all, times),
        number_(number),
        at_(all.log.tasks[number].program),
        end_(all.log.tasks[number].end),
        timings_(std::move(timings)),
        clock_(start),
        resume_(start),
        transfers_(all) {
    entries_.resize(timings_.size());
    times.start = start;
  }

  task_times times = {};

  bool done() const { return done_; }

  // As far as it goes. Whether it went on at all.
  bool advance() {
    bool moved = false;
    request_ = INT64_MAX;
    times.blocked_to = kNothing;
    while (!done_ && step()) {
      moved = true;
      request_ = INT64_MAX;
    }
    return moved;
  }

  // The cycle of a request that waits for its turn on a channel, else INT64_MAX.
  int64_t request() const { return request_; }
  void grant(int64_t cycle) { granted_ = cycle; }

 private:
  struct iteration {
    const pattern* does = nullptr;
    const int64_t* places = nullptr;  // pairs of address and stride
    int64_t number = 0;               // in its run
    int64_t slot = 0;                 // in stp: the cycle of the pipeline in which it ends
    int64_t issued = 0;
    int64_t fetched = INT64_MIN;  // when data asked for on the way let it end
    int64_t fetched_from = -1;    // the operand that this is of
    int64_t ended = INT64_MIN;
    bound held;

    int64_t address(const pattern::access& a) const { return places[2 * a.place] + number * places[2 * a.place + 1]; }
  };

  bool step() {
    if (looping_) return loop_step();
    if (left_ > 0) return event();
    if (at_ == end_) {
      times.end = std::max(clock_, resume_);
      times.drain = times.end - times.start - times.busy - times.interval - waits_.total();
      times.blocked_to = kNothing;
      done_ = true;
      return true;
    }
    if (*at_ == log::kEnter) {
      enter();
      return true;
    }
    open_run();
    return event();
  }

  // One outside of all loops, at a stream.
  bool event() {
    iteration now = next_;
    bound b;
    if (!inputs(now, b) || !outputs(now, b)) return false;
    const int64_t cycle = std::max(clock_, b.from);
    waits_.charge(b, clock_, cycle);
    commit_reads(now, cycle);
    commit_writes(now, cycle);
    ++times.busy;
    clock_ = cycle + 1;
    advance_run();
    return true;
  }

  void enter() {
    const int64_t label = at_[1];
    at_ += 2;
    timing_ = timings_[label];
    if (!timing_) {
      // The extents of this kernel are such that it has no iteration.
      if (*at_ != log::kLeave) throw untimed{number_, label};
      ++at_;
      return;
    }
    ++entries_[label];
    entered_ = std::max(clock_, resume_);
    ii_ = timing_->ii;
    depth_ = std::max<int64_t>(timing_->depth, 1);
    looping_ = true;
    issued_ = 0;
    left_ = 0;
    flight_.clear();
    unfinished_ = 0;
    transfers_.clear();
    look_through();
    capacity_ = (depth_ - 1 + ii_ - 1) / ii_;
    now_ = entered_ + 1;
    slot_ = 0;
    last_ended_ = INT64_MIN;
    held_ = bound();
  }

  // What the entry does with memory, and the intervals that its streams need at least.
  void look_through() {
    bool fetches = false;
    const int64_t beat = timing_->beat_bytes > 0 ? timing_->beat_bytes : all_.how.beat_bytes;
    const int64_t outstanding = timing_->outstanding > 0 ? timing_->outstanding : all_.how.outstanding;
    for (const int64_t* at = at_; *at != log::kLeave;) {
      const pattern& does = all_.log.patterns[at[0]];
      const int64_t count = at[1];
      ii_ = std::max(ii_, does.turns);
      depth_ = std::max(depth_, does.turns);
      for (const pattern::access& each : does.accesses) {
        const int64_t address = at[2 + 2 * each.place], stride = at[3 + 2 * each.place];
        const int64_t where = all_.operand_at(address);
        if (where < 0) continue;
        transfer& moves = transfers_.make(where, each.store, beat, outstanding);
        if (!timing_->bursts || (count > 1 && stride != each.bytes)) moves.scatters();
        moves.sees(address, count > 1 && stride == each.bytes ? count * stride : each.bytes);
      }
      at += 2 + 2 * does.accesses.size();
    }
    for (transfer& each : transfers_) {
      each.starts(all_.how);
      fetches = fetches || (!each.stores && !each.ahead);
    }
    // Requests made on the way are part of the pipeline.
    if (fetches) depth_ += all_.how.read_latency;
  }

  bool loop_step() {
    for (transfer& each : transfers_) {
      if (!each.asks_more() || !each.may_ask()) continue;
      const int64_t cycle = each.ask_from(entered_ + 1);
      channel& on = all_.channel_of(each);
      if (!may_request(on, cycle)) continue;
      each.ask(cycle, on);
      return true;
    }
    if (left_ == 0 && *at_ != log::kLeave) open_run();
    return all_.how.pipelines == kStp ? step_together() : step_apart();
  }

  // stp: the next cycle of the pipeline in which something is read or written.
  bool step_together() {
    const bool issues = left_ > 0, ends = !flight_.empty();
    if (!issues && !ends) return leave();
    const int64_t issue_slot = issued_ * ii_;
    const bool issue = issues && (!ends || issue_slot <= flight_.front().slot);
    // With a depth of 1 an iteration ends where it is issued.
    const bool at_once = issue && depth_ == 1;
    const bool end = ends && (!issue || flight_.front().slot == issue_slot);
    const int64_t slot = issue ? issue_slot : flight_.front().slot;
    const int64_t base = now_ + slot - slot_;
    bound b;
    if (end && !outputs(flight_.front(), b)) return false;
    if (issue && !inputs(next_, b)) return false;
    if (at_once && !outputs(next_, b)) return false;
    const int64_t cycle = std::max(base, b.from);
    if (end && !may_store(flight_.front(), cycle)) return false;
    if (issue && !may_fetch(next_, cycle)) return false;
    if (at_once && !may_store(next_, cycle)) return false;
    waits_.charge(b, base, cycle);
    now_ = cycle;
    slot_ = slot;
    if (end) {
      commit_writes(flight_.front(), cycle);
      flight_.pop_front();
    }
    if (issue) {
      iteration made = issue_next(cycle);
      made.slot = issue_slot + depth_ - 1;
      if (at_once) {
        commit_writes(made, cycle);
      } else {
        flight_.push_back(made);
      }
    }
    return true;
  }

  // flp: the oldest iteration that has not ended, else the next one.
  bool step_apart() {
    const bool waits = unfinished_ < static_cast<int64_t>(flight_.size());
    if (waits && finish_oldest()) return true;
    if (left_ == 0) return !waits && leave();
    const task_times before = times;
    if (issue_apart()) return true;
    if (waits) times = before;  // an output that has no room is what to tell of
    return false;
  }

  bool finish_oldest() {
    iteration& oldest = flight_[unfinished_];
    int64_t base = oldest.issued + depth_ - 1;
    if (last_ended_ != INT64_MIN) base = std::max(base, last_ended_ + ii_);
    bound b;
    if (!outputs(oldest, b)) return false;
    const int64_t cycle = std::max(base, b.from);
    if (!may_store(oldest, cycle)) return false;
    commit_writes(oldest, cycle);
    oldest.ended = cycle;
    if (b.from > base) {
      held_ = b;
    } else if (cycle == oldest.issued + depth_ - 1) {
      held_ = bound();
    }
    oldest.held = held_;
    last_ended_ = now_ = cycle;
    ++unfinished_;
    return true;
  }

  bool issue_apart() {
    const int64_t base = issued_ == 0 ? entered_ + 1 : last_issued_ + ii_;
    bound b;
    if (capacity_ > 0 && static_cast<int64_t>(flight_.size()) >= capacity_) {
      // The place it takes is that of an iteration which must have ended.
      if (unfinished_ == 0) return false;
      b = flight_.front().held;
      b.from = flight_.front().ended;
    }
    if (!inputs(next_, b)) return false;
    if (capacity_ == 0 && !outputs(next_, b)) return false;
    const int64_t cycle = std::max(base, b.from);
    if (!may_fetch(next_, cycle) || (capacity_ == 0 && !may_store(next_, cycle))) return false;
    waits_.charge(b, base, cycle);
    iteration made = issue_next(cycle);
    last_issued_ = cycle;
    if (capacity_ == 0) {
      commit_writes(made, cycle);
      now_ = cycle;
      return true;
    }
    if (static_cast<int64_t>(flight_.size()) >= capacity_) {
      flight_.pop_front();
      --unfinished_;
    }
    flight_.push_back(made);
    return true;
  }

  iteration issue_next(int64_t cycle) {
    iteration made = next_;
    made.issued = cycle;
    fetch(made, cycle);
    commit_reads(made, cycle);
    ++times.busy;
    if (issued_ > 0) times.interval += ii_ - 1;
    ++issued_;
    advance_run();
    return made;
  }

  bool leave() {
    if (all_.how.pipelines == kFlp && issued_ > 0) {
      const int64_t base = last_issued_ + depth_ - 1;
      if (now_ > base) waits_.charge(held_, base, now_);
    }
    int64_t end = issued_ == 0 ? entered_ + 1 : now_;
    for (transfer& each : transfers_) {
      if (each.stores && each.response() > end) {
        waits_.charge_memory(end, each.response(), each.unlimited_response(), each.number);
        end = each.response();
      }
      settle(each);
    }
    clock_ = end + 1 + timing_->after;
    resume_ = clock_;
    for (int64_t i = timing_->first_pause; i < timing_->pause_end; ++i) {
      resume_ += entries_[timing_->label] % all_.pauses[i] == 0;
    }
    looping_ = false;
    ++at_;
    return true;
  }

  // The next run of the program becomes `next_`.
  void open_run() {
    next_.does = &all_.log.patterns[at_[0]];
    left_ = at_[1];
    next_.places = at_ + 2;
    next_.number = 0;
    at_ += 2 + 2 * next_.does->accesses.size();
  }
  void advance_run() {
    ++next_.number;
    --left_;
  }

  // When all inputs of an iteration are there. False where that is not known yet.
  bool inputs(const iteration& i, bound& b) {
    for (const pattern::use& each : i.does->reads) {
      const fifo& from = all_.fifos[each.stream];
      if (!from.readable(each.turn)) return stands(kToRead, each.stream);
      b.join({from.read_from(each.turn) - each.turn, kReadStream, each.stream});
    }
    for (const pattern::access& each : i.does->accesses) {
      if (each.store) continue;
      const int64_t address = i.address(each);
      transfer* from = transfers_.find(address, false);
      if (!from) continue;
      if (!from->ahead) {
        b.join({from->room_from(), kLatency, from->number, INT64_MAX});
        continue;
      }
      const int64_t end = address + each.bytes;
      if (!from->arrives(end)) {
        if (!from->may_ask()) throw malformed("an access to memory spans more bursts than may be under way");
        return false;
      }
      b.join({from->arrival(end), kLatency, from->number, from->unlimited_arrival(end)});
    }
    return true;
  }

  // When there is room for all outputs of an iteration.
  bool outputs(const iteration& i, bound& b) {
    for (const pattern::use& each : i.does->writes) {
      const fifo& to = all_.fifos[each.stream];
      if (!to.writable(each.turn)) return stands(kToWrite, each.stream);
      const int64_t sooner = looping_ ? each.turns - 1 - each.turn : 0;
      const int64_t from = to.write_from(each.turn);
      if (from != INT64_MIN) b.join({from + sooner, kWriteStream, each.stream});
    }
    if (i.fetched != INT64_MIN) b.join({i.fetched, kBandwidth, i.fetched_from, INT64_MIN});
    for (const pattern::access& each : i.does->accesses) {
      transfer* to = each.store ? transfers_.find(i.address(each), true) : nullptr;
      if (to) b.join({to->store_from(), kLatency, to->number, to->unlimited_response()});
    }
    return true;
  }

  bool may_fetch(const iteration& i, int64_t cycle) {
    for (const pattern::access& each : i.does->accesses) {
      transfer* from = each.store ? nullptr : transfers_.find(i.address(each), false);
      if (from && !from->ahead && !may_request(all_.channel_of(*from), cycle)) return false;
    }
    return true;
  }
  bool may_store(const iteration& i, int64_t cycle) {
    for (const pattern::access& each : i.does->accesses) {
      const int64_t address = i.address(each);
      transfer* to = each.store ? transfers_.find(address, true) : nullptr;
      if (to && to->ends_burst(address, each.bytes) && !may_request(all_.channel_of(*to), cycle)) {
        return false;
      }
    }
    return true;
  }

  // Requests of several tasks reach a channel in the order of their cycles.
  bool may_request(const channel& on, int64_t cycle) {
    if (on.users < 2 || cycle <= granted_) return true;
    request_ = std::min(request_, cycle);
    return false;
  }

  void fetch(iteration& i, int64_t cycle) {
    for (const pattern::access& each : i.does->accesses) {
      const int64_t address = i.address(each);
      transfer* from = each.store ? nullptr : transfers_.find(address, false);
      if (!from) continue;
      if (from->ahead) {
        from->take(address + each.bytes, cycle);
        continue;
      }
      const int64_t there = from->fetch(address, each.bytes, cycle, all_.channel_of(*from));
      const int64_t fetched = there + depth_ - 1 - all_.how.read_latency;
      if (fetched > i.fetched) {
        i.fetched = fetched;
        i.fetched_from = from->number;
      }
    }
  }
  void commit_reads(const iteration& i, int64_t cycle) {
    for (const pattern::use& each : i.does->reads) all_.fifos[each.stream].read(cycle + each.turn);
  }
  void commit_writes(const iteration& i, int64_t cycle) {
    for (const pattern::use& each : i.does->writes) {
      const int64_t sooner = looping_ ? each.turns - 1 - each.turn : 0;
      all_.fifos[each.stream].write(cycle - sooner);
    }
    for (const pattern::access& each : i.does->accesses) {
      const int64_t address = i.address(each);
      transfer* to = each.store ? transfers_.find(address, true) : nullptr;
      if (to) to->store(address, each.bytes, cycle, all_.channel_of(*to));
    }
  }

  // Counts a transfer that is over.
  void settle(const transfer& moved) {
    all_.operand_results[moved.number].requests += moved.requests();
    all_.operand_results[moved.number].bytes += moved.bytes();
  }

  bool stands(blocked to, int64_t stream) {
    times.blocked_to = to;
    times.blocked_stream = stream;
    return false;
  }

  design& all_;
  waits waits_;
  int64_t number_;
  const int64_t* at_;
  const int64_t* end_;
  std::vector<const loop_timing*> timings_;  // by label
  std::vector<int64_t> entries_;             // by label
  int64_t clock_;                            // when the next thing may start
  int64_t resume_;                           // when the next loop may be entered
  bool done_ = false;
  int64_t request_ = INT64_MAX;
  int64_t granted_ = INT64_MIN;

  // Of the run.
  iteration next_;
  int64_t left_ = 0;

  // Of the loop.
  bool looping_ = false;
  const loop_timing* timing_ = nullptr;
  int64_t entered_ = 0, ii_ = 1, depth_ = 1, capacity_ = 0;
  int64_t issued_ = 0;
  int64_t now_ = 0;          // of the last thing that happened in the pipeline
  int64_t slot_ = 0;         // its cycle of the pipeline, in stp
  int64_t last_issued_ = 0;  // in flp
  int64_t last_ended_ = 0;   // in flp
  int64_t unfinished_ = 0;   // in flp: the first of `flight_` that has not ended
  bound held_;               // in flp: what kept the last that ended
  std::deque<iteration> flight_;
  transfers transfers_;
};

}  // namespace hls_lib::emulation::solver
