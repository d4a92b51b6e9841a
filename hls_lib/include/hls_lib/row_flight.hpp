// Rows that go through several passes at the same time: while one is read, those before it are in later passes. All of
// it is one flat loop, so that no row waits for the sum of another.
//
//   using flight = row_flight<16, 1024>;           // cols <= 1024
//   vec<float, 16> kept[flight::kVectors];         // what a pass leaves to the next one, at `slot`
//   float mean[flight::kRows];                     // what is known of a row after a pass, at `row_slot`
//   flight at(rows, cols, 1);                      // two passes: the last one has number 1
//   for (int i = 0; i < at.iterations(); ++i) {
//   #pragma HLS dependence variable=kept type=inter direction=RAW distance=flight::kLatency true
//     if (at.in_pass(1)) ... kept[at.slot()], mean[at.row_slot()] ...   // before they are written anew
//     if (at.in_pass(0)) ...
//     at.next();
//   }
//
// A pass is whole rows behind the one before, two of them unless rows are short: so many that the last vector of a row
// is at least kLatency iterations before the first use of what it completes.
#pragma once
#include "ops.hpp"
#include "pack.hpp"

namespace hls_lib {

template <int W, int MAX_COLS>
class row_flight {
  static constexpr int least(int a, int b) { return a < b ? a : b; }
  static constexpr int most(int a, int b) { return a < b ? b : a; }

 public:
  static constexpr int kSteps = vectors_in(MAX_COLS, W);
  static constexpr int kLevels = levels_for(kSteps);
  // Cycles of a sum of the lanes and the vectors, and of a quotient and a root of it.
  static constexpr int kLatency = 8 * (levels_for(W) + kLevels) + 64;
  static constexpr int kVectors = most(2 * kSteps, 2 * least(kSteps, kLatency) + kLatency);
  static constexpr int kRows = kLatency + 1;

  // `last_pass` is the number of the last one; the first has number 0.
  row_flight(int rows, int cols, int last_pass)
      : rows_(rows),
        steps_(vectors_in(cols, W)),
        behind_(1 + vectors_in(kLatency, steps_)),
        last_lanes_(cols - (steps_ - 1) * W) {
    iterations_ = (rows + last_pass * behind_) * steps_;
  }

  int iterations() const { return iterations_; }
  bool in_pass(int pass) const { return row_ >= pass * behind_ && row_ < rows_ + pass * behind_; }
  // Of the vector in its row.
  int step() const { return step_; }
  bool is_last() const { return step_ == steps_ - 1; }
  // The lanes past the end of the row become `value`.
  template <class V, class T>
  void pad(V& lanes, T value) const {
#pragma HLS inline
    if (is_last()) {
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        if (l >= last_lanes_) lanes[l] = value;
      }
    }
  }
  // Where a vector, and what is known of its row, stands from one pass to the next.
  int slot() const { return slot_; }
  int row_slot() const { return row_slot_; }

  void next() {
#pragma HLS inline
    const bool last = is_last();
    const bool round = last && row_slot_ == behind_ - 1;
    step_ = last ? 0 : step_ + 1;
    slot_ = round ? 0 : slot_ + 1;
    row_slot_ = round ? 0 : row_slot_ + last;
    row_ += last;
  }

 private:
  int rows_, steps_, behind_, last_lanes_;
  int iterations_ = 0;
  int row_ = 0;
  int step_ = 0;
  int slot_ = 0;
  int row_slot_ = 0;
};

}  // namespace hls_lib
