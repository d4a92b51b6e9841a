// Rows sorted whole, on chip, by a bitonic network that takes two vectors a cycle.
//
//   topk_by_sort<float, 16, 16, 1024, true>(in, values, indices, rows, cols, k);   // cols <= 1024; the k best, in
//   order
//
// A row of n elements takes about log2(n)^2 / 2 passes of n / (2 W) cycles each, whatever its values are.
#pragma once
#include "topk.hpp"

namespace hls_lib {

// A value that none is worse than. Entries of it that only fill up have the greatest indices, so they go last.
template <class T, bool LARGEST>
inline T worst_value() {
#pragma HLS inline
  if constexpr (is_floating<T>) {
    using limits = std::numeric_limits<float>;
    return cast<T>(LARGEST ? -limits::infinity() : limits::quiet_NaN());
  } else {
    return LARGEST ? std::numeric_limits<T>::lowest() : std::numeric_limits<T>::max();
  }
}

// The least power of two that is not below `size` and `least`, itself a power of two.
inline int power_of_two(int size, int least) {
  int power = least;
  for (int i = 0; i < 31; ++i) power = power < size ? 2 * power : power;
  return power;
}

// Writes the first k of what lies in vectors of L lanes as vectors of WO.
template <class T, int L, int WO, int N>
void give_first(const T (&value)[N][L], const int (&index)[N][L], int k, hls::stream<vec<T, WO>>& values,
                hls::stream<vec<int64_t, WO>>& indices) {
  static_assert(L % WO == 0, "a vector that is written lies in one that is kept");
give_vectors:
  for (int i = 0; i < vectors_in(k, WO); ++i) {
#pragma HLS pipeline II=1
    const int first = i * WO % L;
    vec<T, WO> some;
    vec<int64_t, WO> places;
    for (int l = 0; l < WO; ++l) {
#pragma HLS unroll
      const bool there = i * WO + l < k;
      some[l] = there ? value[i * WO / L][first + l] : T(0);
      places[l] = there ? index[i * WO / L][first + l] : 0;
    }
    values.write(some);
    indices.write(places);
  }
}

// Entries that are compared with each other, a field an array.
template <class T, int L>
struct ranked_lanes {
  rank_t<T> rank[L];
  int index[L];
  T value[L];
};

// Entries and their places in the row in vectors of W lanes, at most MAX of them: a power of two, 2 W or more.
template <class T, int W, int MAX, bool LARGEST>
class bitonic_sorter {
  static_assert(MAX >= 2 * W && (MAX & (MAX - 1)) == 0 && (W & (W - 1)) == 0, "powers of two");
  static constexpr int kVectors = MAX / W;

 public:
  void put(int vector, int lane, T value, int index) {
#pragma HLS inline
    value_[0][vector][lane] = value;
    index_[0][vector][lane] = index;
  }

  // Fills up with the worst from vector `first` on, for a sort of `size`.
  void pad(int first, int size) {
  pad_vectors:
    for (int i = first; i < size / W; ++i) {
#pragma HLS pipeline II=1
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        put(i, l, worst_value<T, LARGEST>(), std::numeric_limits<int>::max());
      }
    }
  }

  // Best first; `size` is a power of two from 2 W on.
  void sort(int size) {
    side_ = 0;
    for (int block = 2; block <= size; block *= 2) {
      for (int distance = block / 2 > W ? block / 2 : W; distance >= W; distance /= 2) pass(size, block, distance);
    }
  }

  template <int WO>
  void give(int k, hls::stream<vec<T, WO>>& values, hls::stream<vec<int64_t, WO>>& indices) {
    give_first(value_[side_], index_[side_], k, values, indices);
  }

 private:
  // Sorts towards blocks of `block` entries, every second one worst first: compares those at `distance`, and if that is
  // W, all closer ones too.
  void pass(int size, int block, int distance) {
#pragma HLS array_partition variable=value_ dim=1 complete
#pragma HLS array_partition variable=value_ dim=3 complete
#pragma HLS array_partition variable=index_ dim=1 complete
#pragma HLS array_partition variable=index_ dim=3 complete
    const int apart = distance / W;
  exchange_pass:
    for (int i = 0; i < size / (2 * W); ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=value_ type=inter false
#pragma HLS dependence variable=index_ type=inter false
      const int first = (i & ~(apart - 1)) + i;
      ranked_lanes<T, W> a, b;
      fetch(first, a);
      fetch(first + apart, b);
      if (block > W) exchange<0>(a, b, first * W, block);
      if (distance == W) exchange_closer<1>(a, b, first * W, block);
      keep(first, a);
      keep(first + apart, b);
    }
    side_ = 1 - side_;
  }

  void fetch(int vector, ranked_lanes<T, W>& lanes) const {
#pragma HLS inline
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      lanes.value[l] = value_[side_][vector][l];
      lanes.index[l] = index_[side_][vector][l];
      lanes.rank[l] = rank_of<T, LARGEST>(lanes.value[l]);
    }
  }

  void keep(int vector, const ranked_lanes<T, W>& lanes) {
#pragma HLS inline
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      value_[1 - side_][vector][l] = lanes.value[l];
      index_[1 - side_][vector][l] = lanes.index[l];
    }
  }

  // The levels of distances W / 2 to 1. Before each the lanes are shuffled, so that those to compare face each other.
  template <int LEVEL>
  static void exchange_closer(ranked_lanes<T, W>& a, ranked_lanes<T, W>& b, int base, int block) {
#pragma HLS inline
    shuffle(a.rank, b.rank);
    shuffle(a.index, b.index);
    shuffle(a.value, b.value);
    if constexpr (W >> LEVEL > 0) {
      if (block > W >> LEVEL) exchange<LEVEL>(a, b, base, block);
      exchange_closer<LEVEL + 1>(a, b, base, block);
    }
  }

  // a[0], b[0], a[1], b[1] and so on: the number of each of the 2 W lanes turns left by a bit.
  template <class U>
  static void shuffle(U (&a)[W], U (&b)[W]) {
#pragma HLS inline
    U both[2 * W];
#pragma HLS array_partition variable=both complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      both[2 * l] = a[l];
      both[2 * l + 1] = b[l];
    }
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      a[l] = both[l];
      b[l] = both[W + l];
    }
  }

  // Compares a[l] with b[l]: entries at a distance of W >> LEVEL, after LEVEL shuffles. `base` is the place of the
  // first.
  template <int LEVEL>
  static void exchange(ranked_lanes<T, W>& a, ranked_lanes<T, W>& b, int base, int block) {
#pragma HLS inline
    rank_t<T> swaps[W];
#pragma HLS array_partition variable=swaps complete
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      const int place = base + (l >> LEVEL | (l << (levels_for(2 * W) - LEVEL) & (2 * W - 1)));
      const bool better = (b.rank[l] > a.rank[l]) | ((b.rank[l] == a.rank[l]) & (b.index[l] < a.index[l]));
      swaps[l] = better != ((place & block) != 0);
    }
    swap_some(swaps, a.rank, b.rank);
    swap_some(swaps, a.index, b.index);
    swap_some(swaps, a.value, b.value);
  }

  template <class U>
  static void swap_some(const rank_t<T> (&swaps)[W], U (&a)[W], U (&b)[W]) {
#pragma HLS inline
    for (int l = 0; l < W; ++l) {
#pragma HLS unroll
      const U first = a[l];
      const U second = b[l];
      a[l] = swaps[l] ? second : first;
      b[l] = swaps[l] ? first : second;
    }
  }

  T value_[2][kVectors][W];
  int index_[2][kVectors][W];
  int side_ = 0;
};

// The k best of rows of at most MAX elements, in order.
template <class T, int W, int WO, int MAX, bool LARGEST>
void topk_by_sort(hls::stream<vec<T, W>>& in, hls::stream<vec<T, WO>>& values, hls::stream<vec<int64_t, WO>>& indices,
                  int rows, int cols, int k) {
  bitonic_sorter<T, W, MAX, LARGEST> sorter;
  const int size = power_of_two(cols, 2 * W);
  for (int r = 0; r < rows; ++r) {
  take_row:
    for (int i = 0; i < vectors_in(cols, W); ++i) {
#pragma HLS pipeline II=1
      const vec<T, W> lanes = in.read();
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        const bool there = i * W + l < cols;
        sorter.put(i, l, there ? lanes[l] : worst_value<T, LARGEST>(),
                   there ? i * W + l : std::numeric_limits<int>::max());
      }
    }
    sorter.pad(vectors_in(cols, W), size);
    sorter.sort(size);
    sorter.give(k, values, indices);
  }
}

}  // namespace hls_lib
