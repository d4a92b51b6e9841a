// Device memory in time: channels that several ports share, and the bursts by which a loop moves data.
//
// A read burst is requested, a latency later its first beat comes, a beat a cycle at best. A write burst has been sent
// with its last beat, a latency later comes the response. A port has so many bursts under way at most: of reads until
// the loop has taken the last beat, because the adapter keeps room for all that is under way; of writes until the
// response.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <vector>

#include "interface.hpp"

namespace hls_lib::emulation::solver {

inline int64_t whole_cycle(double time) { return static_cast<int64_t>(std::ceil(time - 1e-6)); }

// Serves one request after the other, in the order in which they come.
struct channel {
  channel_rate rate;
  int64_t users = 0;  // tasks of the phase
  double free = 0;
  double opens = 0;  // when a request at an address of its own can be taken up

  // Takes it up from `time` on, and says when. What opens a row of the memory overlaps with what is still moved.
  double serve(double time, int64_t bytes, bool goes_on) {
    const double start = std::max({time, free, goes_on ? 0 : opens});
    if (!goes_on) opens = start + rate.request_cycles;
    free = start + (rate.bytes_per_cycle > 0 ? static_cast<double>(bytes) / rate.bytes_per_cycle : 0);
    return start;
  }
};

// What one loop moves through one port in one direction while it is entered once.
class transfer {
 public:
  transfer(int64_t operand_number, const operand& whole, bool store, int64_t beat, int64_t outstanding)
      : number(operand_number), stores(store), target_(whole), beat_(beat), outstanding_(outstanding) {}

  int64_t number;
  bool stores;
  // All addresses follow each other and are known when the loop is entered, so bursts are asked for ahead.
  bool ahead = true;

  // While the loop is looked through.
  void sees(int64_t address, int64_t bytes) {
    ahead = ahead && (first_ == last_ || address == last_);
    if (first_ == last_) first_ = address;
    last_ = address + bytes;
  }
  void scatters() { ahead = false; }
  void starts(const settings& s) {
    settings_ = &s;
    asked_ = first_;
  }

  // Of the burst that begins at `address`: no longer than allowed, nor over the border of a page.
  int64_t burst_end(int64_t address, int64_t most) const {
    const int64_t offset = address - target_.address;
    const int64_t page = (offset / settings_->page_bytes + 1) * settings_->page_bytes;
    const int64_t longest = offset - offset % beat_ + settings_->burst_beats * beat_;
    return target_.address + std::min({most - target_.address, page, longest});
  }

  // Reads that are asked for ahead.
  bool asks_more() const { return ahead && !stores && asked_ < last_; }
  // Whether the next request's time is known; then it is `ask_from`, no sooner than `entered`.
  bool may_ask() const { return requests_ - taken_ < outstanding_; }
  int64_t ask_from(int64_t entered) const {
    int64_t time = std::max(entered, last_request_ + 1);
    if (requests_ >= outstanding_) time = std::max(time, taken_at_.front() + 1);
    return time;
  }
  void ask(int64_t time, channel& from) {
    if (requests_ >= outstanding_) taken_at_.pop_front();
    const int64_t end = burst_end(asked_, last_);
    bursts_.push_back(read(asked_, end, time, from));
    asked_ = end;
  }

  // When the last byte before `end` is there, of what was asked for ahead.
  bool arrives(int64_t end) const { return !bursts_.empty() && end <= bursts_.back().end; }
  int64_t arrival(int64_t end) const {
    for (const burst& each : bursts_) {
      if (end <= each.end) return each.beat(beats(each.first, end) - 1);
    }
    return 0;
  }
  // Had the memory no limit but its latency.
  int64_t unlimited_arrival(int64_t end) const {
    for (const burst& each : bursts_) {
      if (end <= each.end) return each.requested + settings_->read_latency + beats(each.first, end) - 1;
    }
    return 0;
  }
  void take(int64_t end, int64_t cycle) {
    while (!bursts_.empty() && bursts_.front().end <= end) {
      bursts_.pop_front();
      ++taken_;
      taken_at_.push_back(cycle);
    }
  }

  // A read whose address is known only when it is made: the cycle from which there is room for it.
  int64_t room_from() const {
    return static_cast<int64_t>(taken_at_.size()) < outstanding_ ? INT64_MIN : taken_at_.front() + 1;
  }
  // Makes it; gives the cycle in which it is there.
  int64_t fetch(int64_t address, int64_t bytes, int64_t cycle, channel& from) {
    int64_t there = cycle;
    for (int64_t at = address; at < address + bytes;) {
      const int64_t end = burst_end(at, address + bytes);
      const burst made = read(at, end, cycle, from);
      there = made.beat(beats(at, end) - 1);
      at = end;
    }
    if (static_cast<int64_t>(taken_at_.size()) >= outstanding_) taken_at_.pop_front();
    taken_at_.push_back(there);
    return there;
  }

  // The cycle from which the adapter takes what is written next.
  int64_t store_from() const {
    return static_cast<int64_t>(taken_at_.size()) < outstanding_ ? INT64_MIN : taken_at_.front() + 1;
  }
  bool ends_burst(int64_t address, int64_t bytes) const {
    // A burst ends where the next access would lie beyond it.
    return !ahead || address + bytes >= last_ || address + bytes >= burst_end(open_ ? open_first_ : address, last_);
  }
  void store(int64_t address, int64_t bytes, int64_t cycle, channel& to) {
    if (!open_) {
      open_ = true;
      open_first_ = address;
      open_since_ = cycle;
    }
    if (!ends_burst(address, bytes)) return;
    open_ = false;
    const int64_t count = beats(open_first_, address + bytes);
    ++requests_;
    bytes_ += count * beat_;
    const double begin = to.serve(static_cast<double>(open_since_), count * beat_, open_first_ == sent_);
    sent_ = address + bytes;
    const double rate = to.rate.bytes_per_cycle;
    const double cycles = rate > 0 ? std::max(static_cast<double>(count), static_cast<double>(count * beat_) / rate)
                                   : static_cast<double>(count);
    const int64_t sent = std::max({cycle, whole_cycle(begin + cycles) - 1, last_beat_ + count});
    unlimited_response_ = cycle + settings_->write_latency;
    last_beat_ = sent;
    response_ = sent + settings_->write_latency;
    if (static_cast<int64_t>(taken_at_.size()) >= outstanding_) taken_at_.pop_front();
    taken_at_.push_back(response_);
  }
  int64_t response() const { return response_; }
  int64_t unlimited_response() const { return unlimited_response_; }

  int64_t requests() const { return requests_; }
  int64_t bytes() const { return bytes_; }

 private:
  struct burst {
    int64_t first, end, requested;
    double begin, step;
    int64_t beat(int64_t n) const { return whole_cycle(begin + static_cast<double>(n) * step); }
  };

  int64_t beats(int64_t first, int64_t end) const {
    const int64_t from = first - target_.address, to = end - target_.address;
    return (to + beat_ - 1) / beat_ - from / beat_;
  }

  burst read(int64_t first, int64_t end, int64_t time, channel& from) {
    const int64_t count = beats(first, end);
    const double rate = from.rate.bytes_per_cycle;
    const double step = rate > 0 ? std::max(1.0, static_cast<double>(beat_) / rate) : 1.0;
    const double ready = std::max(static_cast<double>(time + settings_->read_latency), port_free_);
    const double begin = from.serve(ready, count * beat_, first == sent_);
    sent_ = end;
    port_free_ = begin + static_cast<double>(count) * step;
    last_request_ = time;
    ++requests_;
    bytes_ += count * beat_;
    return {first, end, time, begin, step};
  }

  operand target_;
  int64_t beat_;
  int64_t outstanding_;
  const settings* settings_ = nullptr;
  int64_t first_ = 0, last_ = 0;
  int64_t asked_ = 0;
  int64_t last_request_ = INT64_MIN / 2;
  int64_t sent_ = -1;
  double port_free_ = 0;
  int64_t requests_ = 0, taken_ = 0, bytes_ = 0;
  std::deque<burst> bursts_;
  std::deque<int64_t> taken_at_;
  bool open_ = false;
  int64_t open_first_ = 0, open_since_ = 0;
  int64_t last_beat_ = INT64_MIN / 2;
  int64_t response_ = INT64_MIN, unlimited_response_ = INT64_MIN;
};

}  // namespace hls_lib::emulation::solver
