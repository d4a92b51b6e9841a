// Operations that join values, and how many values are joined in a pipeline.
//
//   float total = tree<sum_op>(lanes);        // all lanes at once
//   running_tree<sum_op, float, 3> sums;      // up to 8 values a sum, a value a cycle, sums without a gap
//   if (sums.add(x, place, last)) ... x ...
#pragma once
#include "math.hpp"

namespace hls_lib {

// An operation says which type it is computed in for elements T, what it starts from, and how two values become one.

struct sum_op {
  template <class T>
  using type = std::conditional_t<is_floating<T>, float, int64_t>;
  template <class A>
  static A start() {
    return A(0);
  }
  template <class A>
  static A combine(A a, A b) {
    return add(a, b);
  }
};

struct prod_op {
  template <class T>
  using type = std::conditional_t<is_floating<T>, float, int64_t>;
  template <class A>
  static A start() {
    return A(1);
  }
  template <class A>
  static A combine(A a, A b) {
    return mul(a, b);
  }
};

struct max_op {
  template <class T>
  using type = compute_t<T>;
  template <class A>
  static A start() {
    using limits = std::numeric_limits<A>;
    return limits::has_infinity ? A(-limits::infinity()) : limits::lowest();
  }
  template <class A>
  static A combine(A a, A b) {
    return maximum(a, b);
  }
};

struct min_op {
  template <class T>
  using type = compute_t<T>;
  template <class A>
  static A start() {
    using limits = std::numeric_limits<A>;
    return limits::has_infinity ? limits::infinity() : limits::max();
  }
  template <class A>
  static A combine(A a, A b) {
    return minimum(a, b);
  }
};

struct any_op {
  template <class>
  using type = bool;
  template <class>
  static bool start() {
    return false;
  }
  static bool combine(bool a, bool b) { return a | b; }
};

struct all_op {
  template <class>
  using type = bool;
  template <class>
  static bool start() {
    return true;
  }
  static bool combine(bool a, bool b) { return a & b; }
};

// All lanes by a tree: log2(W) deep, and in the same order in hardware and in emulation.
template <class Op, class A, int W>
inline A tree(const A (&lane)[W]) {
#pragma HLS inline
  if constexpr (W == 1) {
    return lane[0];
  } else {
    constexpr int kHalf = (W + 1) / 2;
    A half[kHalf];
#pragma HLS array_partition variable=half complete
    for (int i = 0; i < W / 2; ++i) {
#pragma HLS unroll
      half[i] = Op::combine(lane[i], lane[i + kHalf]);
    }
    if constexpr (W % 2 == 1) half[kHalf - 1] = lane[kHalf - 1];
    return tree<Op>(half);
  }
}

// A tree over time. Level l joins two blocks of 2^l values, so it is one operator, and the block that it keeps was made
// in an earlier iteration at the same stage of the pipeline: no iteration waits for the result of the one before.
template <class Op, class A, int LEVELS>
class running_tree {
 public:
  // Takes the value of number `place` in its sum, which has at most 2^LEVELS. True for the `last`: `value` is the sum.
  bool add(A& value, int place, bool last) {
#pragma HLS inline
#pragma HLS array_partition variable=kept_ complete
    for (int l = 0; l < LEVELS; ++l) {
#pragma HLS unroll
      if (place >> l & 1) {
        value = Op::combine(kept_[l], value);
      } else if (!last) {
        kept_[l] = value;
        break;
      }
    }
    return last;
  }

 private:
  A kept_[LEVELS > 0 ? LEVELS : 1] = {};
};

// Levels of a running tree for so many values.
constexpr int levels_for(int count) { return count <= 1 ? 0 : 1 + levels_for((count + 1) / 2); }

}  // namespace hls_lib
