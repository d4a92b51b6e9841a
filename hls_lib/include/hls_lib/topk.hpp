// The k best of each row, with their places.
//
//   topk<float, 16, 16, 64, true, true>(in, values, indices, rows, cols, k);   // k <= 64; largest; sorted
//   topk_of_block<float, 16, 64, true>(in, values, indices, first, rows, k, times);   // the best of a block
//
// A whole vector is compared with the worst value kept in one cycle. Few vectors hold anything better, and only those
// stop for the insertion unit: registers that shift in parallel for small MAX_K, a heap in memory above. Many of a row
// that fits on the chip are found without insertions: sort.hpp, radix_select.hpp.
// NaN counts as the largest value and of equal values the first wins, so the order is total and the result the same
// however it is found.
#pragma once
#include "pack.hpp"

namespace hls_lib {

// `rank` is what is compared: larger is better.
template <class T>
using rank_t = decltype(order_key(T()));

template <class T, bool LARGEST>
inline rank_t<T> rank_of(T value) {
#pragma HLS inline
  return LARGEST ? order_key(value) : ~order_key(value);
}

template <class T>
struct candidate {
  rank_t<T> rank;
  int index;
  T value;
};

template <class T>
inline bool is_better(const candidate<T>& a, const candidate<T>& b) {
#pragma HLS inline
  return a.rank > b.rank || (a.rank == b.rank && a.index < b.index);
}

// The k best in registers, best first; entry i stands at i + 1, so that the first one has a neighbour too.
template <class T, int MAX_K>
class shift_registers {
 public:
  void start(int k) {
    k_ = k;
    filled_ = 0;
  }
  bool full() const { return filled_ == k_; }
  rank_t<T> worst() const { return rank_[k_]; }
  void sort() {}  // they always are
  candidate<T> at(int i) const { return {rank_[i + 1], index_[i + 1], value_[i + 1]}; }

  // Values come in the order of their places: one equal to those kept goes behind them.
  void insert(const candidate<T>& entry) {
#pragma HLS array_partition variable=rank_ complete
#pragma HLS array_partition variable=index_ complete
#pragma HLS array_partition variable=value_ complete
    // What goes behind the entry moves to the right; the first one that does leaves its place to the entry.
    int32_t moves[MAX_K], makes_room[MAX_K];
#pragma HLS array_partition variable=moves complete
#pragma HLS array_partition variable=makes_room complete
    for (int i = 0; i < MAX_K; ++i) {
#pragma HLS unroll
      moves[i] = (i > filled_) | ((i > 0) & (entry.rank > rank_[i]));
      makes_room[i] = (i >= filled_) | (entry.rank > rank_[i + 1]);
    }
    shift(rank_, entry.rank, moves, makes_room);
    shift(index_, entry.index, moves, makes_room);
    shift(value_, entry.value, moves, makes_room);
    if (!full()) ++filled_;
  }

 private:
  // From the last registers to the first ones, so many at a time as a processor does at once.
  template <class U>
  static void shift(U (&kept)[MAX_K + 1], U entry, const int32_t (&moves)[MAX_K], const int32_t (&makes_room)[MAX_K]) {
#pragma HLS inline
    constexpr int kTogether = MAX_K % 16 == 0 ? 16 : MAX_K;
    for (int first = MAX_K - kTogether; first >= 0; first -= kTogether) {
#pragma HLS unroll
      U shifted[kTogether];
#pragma HLS array_partition variable=shifted complete
      for (int i = 0; i < kTogether; ++i) {
#pragma HLS unroll
        const U left = kept[first + i];
        const U here = kept[first + i + 1];
        const U other = makes_room[first + i] ? entry : here;
        shifted[i] = moves[first + i] ? left : other;
      }
      for (int i = 0; i < kTogether; ++i) {
#pragma HLS unroll
        kept[first + i + 1] = shifted[i];
      }
    }
  }

  rank_t<T> rank_[MAX_K + 1] = {};
  int index_[MAX_K + 1] = {};
  T value_[MAX_K + 1] = {};
  int k_ = 0;
  int filled_ = 0;
};

// The k best as a binary heap with the worst on top: an insertion takes log2(k) steps, and memory instead of registers.
template <class T, int MAX_K>
class candidate_heap {
 public:
  void start(int k) {
    k_ = k;
    filled_ = 0;
  }
  bool full() const { return filled_ == k_; }
  rank_t<T> worst() const { return heap_[0].rank; }
  const candidate<T>& at(int i) const { return heap_[i]; }

  void insert(const candidate<T>& entry) {
    if (full()) {
      sink(entry, filled_);
      return;
    }
    int hole = filled_++;
    while (hole > 0) {
      const int parent = (hole - 1) / 2;
      if (!is_better(heap_[parent], entry)) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = entry;
  }

  // Takes the worst away and puts it behind the rest, until the best stands first.
  void sort() {
    for (int size = k_ - 1; size > 0; --size) {
      const candidate<T> worst = heap_[0];
      sink(heap_[size], size);
      heap_[size] = worst;
    }
  }

 private:
  // Puts `entry` in the place of the top of a heap of `size`.
  void sink(const candidate<T>& entry, int size) {
    int hole = 0;
    for (int child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && is_better(heap_[child], heap_[child + 1])) ++child;
      if (!is_better(entry, heap_[child])) break;
      heap_[hole] = heap_[child];
      hole = child;
    }
    heap_[hole] = entry;
  }

  candidate<T> heap_[MAX_K];
  int k_ = 0;
  int filled_ = 0;
};

// Comparators for more registers than this cost more than a heap's memory is slow.
constexpr int kMaxShiftRegisters = 128;

template <class T, int MAX_K>
using candidate_store =
    std::conditional_t<(MAX_K <= kMaxShiftRegisters), shift_registers<T, MAX_K>, candidate_heap<T, MAX_K>>;

template <class T, int W, int WO, int MAX_K, bool LARGEST, bool SORTED>
void topk(hls::stream<vec<T, W>>& in, hls::stream<vec<T, WO>>& values, hls::stream<vec<int64_t, WO>>& indices, int rows,
          int cols, int k) {
  candidate_store<T, MAX_K> best;
  row_packer<T, WO> value_packer;
  row_packer<int64_t, WO> index_packer;
  for (int r = 0; r < rows; ++r) {
    best.start(k);
  select:
    for (int c = 0; c < cols; c += W) {
#pragma HLS pipeline II=1
      const vec<T, W> lanes = in.read();
      rank_t<T> rank[W];
#pragma HLS array_partition variable=rank complete
      int hits = 0;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        rank[l] = rank_of<T, LARGEST>(lanes[l]);
        hits |= rank[l] > best.worst();
      }
      if (!hits && best.full()) continue;
      for (int l = 0; l < W; ++l) {
        if (c + l < cols && (!best.full() || rank[l] > best.worst())) best.insert({rank[l], c + l, lanes[l]});
      }
    }
    if constexpr (SORTED) best.sort();
  give:
    for (int i = 0; i < k; ++i) {
#pragma HLS pipeline II=1
      value_packer.push(best.at(i).value, k, values);
      index_packer.push(best.at(i).index, k, indices);
    }
  }
}

// The k best of a block of rows that starts at row `first` of all, best first; of fewer than k rows all of them. Takes
// one value a cycle, for a block whose values come no faster. `times` one after the other, each from a new vector on.
template <class T, int W, int MAX_K, bool LARGEST>
void topk_of_block(hls::stream<vec<T, W>>& in, hls::stream<vec<T, 1>>& values, hls::stream<vec<int64_t, 1>>& indices,
                   int first, int rows, int k, int times) {
  shift_registers<T, MAX_K> best;
  const int count = rows < k ? rows : k;
  for (int t = 0; t < times; ++t) {
    best.start(count);
    vec<T, W> lanes = {};
    int lane = 0;
  take:
    for (int r = 0; r < rows; ++r) {
#pragma HLS pipeline II=1
      if (lane == 0) in.read(lanes);
      const T value = lanes[lane];
      const rank_t<T> rank = rank_of<T, LARGEST>(value);
      if (!best.full() || rank > best.worst()) best.insert({rank, r, value});
      lane = lane + 1 == W ? 0 : lane + 1;
    }
  give_best:
    for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
      const candidate<T> entry = best.at(i);
      values.write({entry.value});
      indices.write({int64_t(first) + entry.index});
    }
  }
}

}  // namespace hls_lib
