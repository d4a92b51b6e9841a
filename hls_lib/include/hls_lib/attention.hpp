// Attention of a few queries over many keys, whose rows lie in blocks, each worked on by tasks of its own: keys and
// values are read once, and nothing but a maximum, a sum and a weighted row a query leaves a block (Dao et al., "Flash-
// Decoding", 2023).
//
//   // COUNT queries for each group of `keys` rows; this block has `rows` rows from row `first` of all groups on
//   attend_keys<half_t, half_t, 32, 16, 2, 4, 2, 128>(key, query, scores, groups, keys, first, rows, cols, scale);
//   attend_weights<4, 4>::run(scores, weights, heads, keys, first, rows);
//   attend_values<half_t, 32, 2, 16, 4, 128>(value, weights, sums, keys, first, rows, cols);
//   // and what all N blocks have found, `each` rows a block
//   merge_attention<half_t, 16, 4, 128, false, 15, 8, 64>(out, groups, keys, each, cols, heads, sums);
//
// A vector of keys or values takes INTERVAL cycles, which share multipliers and adders. Scores are summed in float. A
// block takes its rows in turns of kTurn: the maximum of a turn is known before its weights are made, and what was
// summed before is scaled where the maximum has grown (Milakov and Gimelshein, "Online normalizer calculation for
// softmax", 2018). A mask is added to the scores, one row for all queries of a group; a query to which it leaves
// nothing (-infinity everywhere) gets zeros, as in PyTorch's kernels.
#pragma once
#include "ops.hpp"
#include "pack.hpp"
#include "product.hpp"
#include "row_buffer.hpp"

namespace hls_lib {

constexpr int kTurn = 128;  // rows

// The parts of groups of `keys` rows that a block has, in order.
class group_parts {
 public:
  group_parts(int keys, int first, int rows)
      : keys_(keys), group_(first / keys), key_(first - group_ * keys), left_(rows) {}

  bool any() const { return left_ > 0; }
  int group() const { return group_; }
  int key() const { return key_; }
  int rows() const { return left_ < keys_ - key_ ? left_ : keys_ - key_; }
  void next() {
    left_ -= rows();
    key_ = 0;
    ++group_;
  }

 private:
  int keys_;
  int group_;
  int key_;
  int left_;
};

// e^(of - largest), which is 1 for two infinities that are alike.
inline float weight_of(float of, float largest) {
#pragma HLS inline
  return of == largest ? 1.0f : exp(of - largest);
}

// Scores of the rows, COUNT of them for each: queries [groups, COUNT, cols] are kept for the groups of this block, at
// most GROUPS. `cols`, rounded up to vectors of W, are MAX_COLS.
template <class TK, class TQ, int W, int WQ, int INTERVAL, int COUNT, int GROUPS, int MAX_COLS>
void attend_keys(hls::stream<vec<TK, W>>& key, hls::stream<vec<TQ, WQ>>& query, hls::stream<vec<float, COUNT>>& scores,
                 int groups, int keys, int first, int rows, int cols, float scale) {
  constexpr int kSize = buffer_size(MAX_COLS, W, WQ);
  [[maybe_unused]] constexpr int kBanks = W / INTERVAL > WQ ? W / INTERVAL : WQ;
  float held[COUNT][GROUPS * kSize];
#pragma HLS array_partition variable=held dim=1 complete
#pragma HLS array_partition variable=held dim=2 cyclic factor=kBanks
  const int steps = vectors_in(cols, W);
  const int last_lanes = cols - (steps - 1) * W;
  const int first_group = first / keys;
  const int last_group = (first + rows - 1) / keys;
  const int query_vectors = vectors_in(steps * W, WQ);
  int group = 0;
  int number = 0;
  int column = 0;
keep_queries:
  for (int i = 0; i < groups * COUNT * query_vectors; ++i) {
#pragma HLS pipeline II=1
    vec<TQ, WQ> lanes = {};
    if (column < cols) query.read(lanes);
    if (group >= first_group && group <= last_group) {
      for (int l = 0; l < WQ; ++l) {
#pragma HLS unroll
        held[number][(group - first_group) * kSize + column + l] = column + l < cols ? cast<float>(lanes[l]) : 0.0f;
      }
    }
    column += WQ;
    if (column < query_vectors * WQ) continue;
    column = 0;
    number = number + 1 == COUNT ? 0 : number + 1;
    group += number == 0;
  }
  running_tree<sum_op, float, levels_for(MAX_COLS / W)> sums[COUNT];
#pragma HLS array_partition variable=sums complete
  int step = 0;
  int place = 0;
  int at_key = first - first_group * keys;
dot_keys:
  for (int i = 0; i < rows * steps; ++i) {
#pragma HLS pipeline II=INTERVAL
    vec<TK, W> row = key.read();
    const bool last = step == steps - 1;
    // Padding may hold anything: NaN times the zero held for it is NaN.
    if (last) {
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        if (l >= last_lanes) row[l] = TK(0);
      }
    }
    vec<float, COUNT> made;
    for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
      float products[W];
#pragma HLS array_partition variable=products complete
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        products[l] = product<TK>(cast<float>(row[l]), held[m][place + step * W + l]);
      }
      float sum = tree<sum_op>(products);
      sums[m].add(sum, step, last);
      made[m] = sum * scale;
    }
    if (last) scores.write(made);
    step = last ? 0 : step + 1;
    at_key += last;
    const bool ends = at_key == keys;
    if (ends) at_key = 0;
    place += ends ? kSize : 0;
  }
}

// Weights of the rows by the largest score so far: COUNT of each row, and before those of each turn what the sums of
// the turns before it are to be scaled by. Then, for each part of a group, the largest score of each query and the sum
// of its weights. A row takes INTERVAL cycles, so that the weights of several queries share an exponential.
template <int COUNT, int INTERVAL, class TM = float, int WM = 1, int SIZE = 1>
struct attend_weights {
  using V = vec<float, COUNT>;

  static void run(hls::stream<V>& scores, hls::stream<V>& weights, hls::stream<V>& heads, int keys, int first,
                  int rows) {
    vec<TM, WM> no_mask[1];
    all_parts<false>(scores, no_mask, weights, heads, keys, first, rows, 1);
  }

  // With a mask [mask_rows, keys], of which a row is for `groups_a_row` groups; SIZE elements hold whole vectors of the
  // rows that this block needs.
  static void run(hls::stream<V>& scores, hls::stream<vec<TM, WM>>& mask, hls::stream<V>& weights,
                  hls::stream<V>& heads, int keys, int first, int rows, int mask_rows, int groups_a_row) {
    vec<TM, WM> kept[SIZE / WM];
    const int vectors = vectors_in(keys, WM);
    const int first_row = first / keys / groups_a_row;
    const int last_row = (first + rows - 1) / keys / groups_a_row;
    int mask_row = 0;
    int column = 0;
  keep_mask:
    for (int i = 0; i < mask_rows * vectors; ++i) {
#pragma HLS pipeline II=1
      const vec<TM, WM> lanes = mask.read();
      if (mask_row >= first_row && mask_row <= last_row) kept[(mask_row - first_row) * vectors + column] = lanes;
      const bool ends = ++column == vectors;
      if (ends) column = 0;
      mask_row += ends;
    }
    all_parts<true>(scores, kept, weights, heads, keys, first, rows, groups_a_row);
  }

 private:
  // A sum is added to every so many rows, or in every so many cycles, which is longer than an adder takes.
  static constexpr int kSums = 8;
  static constexpr int kQueries = COUNT < 8 ? 8 : COUNT;

  template <bool MASKED, int N>
  static void all_parts(hls::stream<V>& scores, const vec<TM, WM> (&mask)[N], hls::stream<V>& weights,
                        hls::stream<V>& heads, int keys, int first, int rows, int groups_a_row) {
    const int first_row = first / keys / groups_a_row;
    for (group_parts part(keys, first, rows); part.any(); part.next()) {
      const int mask_place = (part.group() / groups_a_row - first_row) * vectors_in(keys, WM);
      V largest;
      V total;
      for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
        largest[m] = -std::numeric_limits<float>::infinity();
        total[m] = 0.0f;
      }
      for (int row = 0; row < part.rows(); row += kTurn) {
        const int here = part.rows() - row < kTurn ? part.rows() - row : kTurn;
        turn<MASKED>(scores, mask, weights, mask_place, part.key() + row, here, largest, total);
      }
      heads.write(largest);
      heads.write(total);
    }
  }

  template <bool MASKED, int N>
  static void turn(hls::stream<V>& scores, const vec<TM, WM> (&mask)[N], hls::stream<V>& weights, int mask_place,
                   int key, int rows, V& largest, V& total) {
    V score[kTurn];
    int32_t best[COUNT];
#pragma HLS array_partition variable=best complete
    V before = largest;
    for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
      best[m] = order_key(largest[m]);
    }
  largest_scores:
    for (int r = 0; r < rows; ++r) {
#pragma HLS pipeline II=1
      V lanes = scores.read();
      float more = 0.0f;
      if constexpr (MASKED) more = cast<float>(mask[mask_place + (key + r) / WM][(key + r) % WM]);
      for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
        if constexpr (MASKED) lanes[m] += more;
        const int32_t order = order_key(lanes[m]);
        best[m] = order > best[m] ? order : best[m];
      }
      score[r] = lanes;
    }
    V scale;
    V sum[kSums] = {};
  turn_scales:
    for (int m = 0; m < COUNT; ++m) {
#pragma HLS pipeline II=1
      largest[m] = float_of_order(best[m]);
      scale[m] = weight_of(before[m], largest[m]);
      total[m] *= scale[m];
    }
    weights.write(scale);
  row_weights:
    for (int r = 0; r < rows; ++r) {
#pragma HLS pipeline II=INTERVAL
#pragma HLS dependence variable=sum type=inter direction=RAW distance=kSums true
      V made;
      for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
        const bool none = largest[m] == -std::numeric_limits<float>::infinity();
        made[m] = none ? 0.0f : exp(score[r][m] - largest[m]);
        sum[r % kSums][m] += made[m];
      }
      weights.write(made);
    }
    float of_turn[kQueries] = {};
  sum_of_sums:
    for (int i = 0; i < kSums * kQueries; ++i) {
#pragma HLS pipeline II=1
#pragma HLS dependence variable=of_turn type=inter direction=RAW distance=kQueries true
      const int m = i % kQueries;
      if (m < COUNT) of_turn[m] += sum[i / kQueries][m];
    }
    for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
      total[m] += of_turn[m];
    }
  }
};

// Weighted sums of the rows, COUNT of them for each part of a group. `cols`, rounded up to vectors of W, are MAX_COLS.
template <class TV, int W, int INTERVAL, int WO, int COUNT, int MAX_COLS>
void attend_values(hls::stream<vec<TV, W>>& value, hls::stream<vec<float, COUNT>>& weights,
                   hls::stream<vec<float, WO>>& sums, int keys, int first, int rows, int cols) {
  [[maybe_unused]] constexpr int kApart = MAX_COLS / W;  // iterations from one sum of a column to the next
  [[maybe_unused]] constexpr int kBanks = W / INTERVAL > WO ? W / INTERVAL : WO;
  constexpr int kScaled = 2;  // columns that are scaled in a cycle
  float sum[COUNT][buffer_size(MAX_COLS, W, WO)];
#pragma HLS array_partition variable=sum dim=1 complete
#pragma HLS array_partition variable=sum dim=2 cyclic factor=kBanks
  const int steps = vectors_in(cols, W);
  for (group_parts part(keys, first, rows); part.any(); part.next()) {
    for (int row = 0; row < part.rows(); row += kTurn) {
      const vec<float, COUNT> scale = weights.read();
      bool scaled = false;
      for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
        scaled |= scale[m] != 1.0f;
      }
      if (row > 0 && scaled) {
      scale_sums:
        for (int c = 0; c < steps * W; c += kScaled) {
#pragma HLS pipeline II=1
          for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
            for (int l = 0; l < kScaled; ++l) {
#pragma HLS unroll
              sum[m][c + l] *= scale[m];
            }
          }
        }
      }
      const int here = part.rows() - row < kTurn ? part.rows() - row : kTurn;
      vec<float, COUNT> weight = {};
      int step = 0;
      bool begins = row == 0;
    weighted_values:
      for (int i = 0; i < here * steps; ++i) {
#pragma HLS pipeline II=INTERVAL
#pragma HLS dependence variable=sum type=inter direction=RAW distance=kApart true
        const vec<TV, W> row = value.read();
        if (step == 0) weights.read(weight);
        for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
          for (int l = 0; l < W; ++l) {
#pragma HLS unroll
            const float more = product<TV>(cast<float>(row[l]), weight[m]);
            sum[m][step * W + l] = (begins ? 0.0f : sum[m][step * W + l]) + more;
          }
        }
        const bool last = step == steps - 1;
        step = last ? 0 : step + 1;
        begins &= !last;
      }
    }
    for (int m = 0; m < COUNT; ++m) {
    write_sums:
      for (int c = 0; c < cols; c += WO) {
#pragma HLS pipeline II=1
        vec<float, WO> lanes;
        for (int l = 0; l < WO; ++l) {
#pragma HLS unroll
          lanes[l] = sum[m][c + l];
        }
        sums.write(lanes);
      }
    }
  }
}

// What the blocks have found of each group: their sums by the largest score of all, over the sum of all weights.
template <class T, int W, int COUNT, int MAX_COLS, bool MASKED, int N, int HEAD_DEPTH, int SUM_DEPTH>
void merge_attention(hls::stream<vec<T, W>>& out, int groups, int keys, int each, int cols,
                     hls::stream<vec<float, COUNT>, HEAD_DEPTH> (&heads)[N],
                     hls::stream<vec<float, W>, SUM_DEPTH> (&sums)[N]) {
  constexpr int kVectors = vectors_in(MAX_COLS, W);
  vec<float, W> merged[COUNT * kVectors];
  const int vectors = vectors_in(cols, W);
  int block = 0;
  int left = each < groups * keys ? each : groups * keys;  // rows of the block
  for (int group = 0; group < groups; ++group) {
    vec<float, COUNT> largest;
    vec<float, COUNT> total;
    for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
      largest[m] = -std::numeric_limits<float>::infinity();
      total[m] = 0.0f;
    }
    for (int row = 0; row < keys;) {
      vec<float, COUNT> here;
      vec<float, COUNT> weight;
      for (int n = 0; n < N; ++n) {
#pragma HLS unroll
        if (n == block) {
          heads[n].read(here);
          heads[n].read(weight);
        }
      }
      vec<float, COUNT> of_before;
      vec<float, COUNT> of_here;
    merge_heads:
      for (int m = 0; m < COUNT; ++m) {
#pragma HLS pipeline II=1
        const float more = maximum(largest[m], here[m]);
        of_before[m] = weight_of(largest[m], more);
        of_here[m] = weight_of(here[m], more);
        total[m] = total[m] * of_before[m] + weight[m] * of_here[m];
        largest[m] = more;
      }
      int number = 0;
      int column = 0;
    merge_sums:
      for (int i = 0; i < COUNT * vectors; ++i) {
#pragma HLS pipeline II=1
        vec<float, W> lanes;
        for (int n = 0; n < N; ++n) {
#pragma HLS unroll
          if (n == block) sums[n].read(lanes);
        }
        for (int l = 0; l < W; ++l) {
#pragma HLS unroll
          const float before = row == 0 ? 0.0f : merged[i][l] * of_before[number];
          merged[i][l] = before + lanes[l] * of_here[number];
        }
        const bool ends = ++column == vectors;
        if (ends) column = 0;
        number += ends;
      }
      const int rows = left < keys - row ? left : keys - row;
      row += rows;
      left -= rows;
      if (left == 0) {
        ++block;
        const int behind = groups * keys - block * each;
        left = each < behind ? each : behind;
      }
    }
    vec<float, COUNT> share;
    for (int m = 0; m < COUNT; ++m) {
#pragma HLS unroll
      share[m] = MASKED && total[m] == 0.0f ? 1.0f : 1.0f / total[m];
    }
    int number = 0;
    int column = 0;
  write_merged:
    for (int i = 0; i < COUNT * vectors; ++i) {
#pragma HLS pipeline II=1
      vec<T, W> lanes;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        lanes[l] = cast<T>(merged[i][l] * share[number]);
      }
      out.write(lanes);
      const bool ends = ++column == vectors;
      if (ends) column = 0;
      number += ends;
    }
  }
}

}  // namespace hls_lib
