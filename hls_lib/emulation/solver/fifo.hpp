// A FIFO in time: when each element was written and read.
//
// Written in cycle t, an element can be read from t + 1 on; a slot that is freed in cycle t can be written from t + 1
// on. So at a depth of 1 an element passes in every second cycle.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace hls_lib::emulation::solver {

class fifo {
 public:
  fifo(int64_t depth, int64_t elements) : depth_(depth) {
    int64_t slots = 1;
    while (slots < std::min(depth, elements)) slots *= 2;
    mask_ = slots - 1;
    written_at_.resize(slots);
    read_at_.resize(slots);
  }

  bool readable(int64_t turn) const { return read_ + turn < written_; }
  int64_t read_from(int64_t turn) const { return written_at_[(read_ + turn) & mask_] + 1; }
  void read(int64_t cycle) {
    read_at_[read_ & mask_] = cycle;
    ++read_;
  }

  bool writable(int64_t turn) const { return written_ + turn < read_ + depth_; }
  // Any time will do for the first `depth`.
  int64_t write_from(int64_t turn) const {
    const int64_t freed = written_ + turn - depth_;
    return freed < 0 ? INT64_MIN : read_at_[freed & mask_] + 1;
  }
  void write(int64_t cycle) {
    written_at_[written_ & mask_] = cycle;
    ++written_;
    // Those read before this cycle have made room.
    while (left_ < read_ && read_at_[left_ & mask_] < cycle) ++left_;
    most_ = std::max(most_, written_ - left_);
  }

  int64_t elements() const { return written_; }
  // The depth at which no write would have come later.
  int64_t most() const { return most_; }

  int64_t read_wait = 0;
  int64_t write_wait = 0;

 private:
  int64_t depth_;
  int64_t mask_;
  std::vector<int64_t> written_at_, read_at_;
  int64_t written_ = 0;
  int64_t read_ = 0;
  int64_t left_ = 0;
  int64_t most_ = 0;
};

}  // namespace hls_lib::emulation::solver
