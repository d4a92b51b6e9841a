// Attention in blocks of rows against plain loops, with garbage in the padding: groups that end amid a block and blocks
// that end amid a group, and what masks, infinities and NaN make of it as in PyTorch.
#include "check.hpp"

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr int kCount = 3;
constexpr int kBlocks = 3;
constexpr float kScale = 0.3f;

struct sizes {
  int groups, keys, cols, value_cols;
  int groups_a_row;  // of the mask
  int each() const { return (groups * keys + kBlocks - 1) / kBlocks; }
};

template <class T>
std::vector<double> wanted_of(const std::vector<T>& query, const std::vector<T>& key, const std::vector<T>& value,
                              const std::vector<T>& mask, sizes s) {
  std::vector<double> out;
  for (int g = 0; g < s.groups; ++g) {
    for (int m = 0; m < kCount; ++m) {
      std::vector<double> score(s.keys), sum(s.value_cols);
      double largest = -kInf, total = 0;
      for (int k = 0; k < s.keys; ++k) {
        for (int c = 0; c < s.cols; ++c) {
          score[k] += number(query[(g * kCount + m) * s.cols + c]) * number(key[(g * s.keys + k) * s.cols + c]);
        }
        score[k] *= kScale;
        if (!mask.empty()) score[k] += number(mask[g / s.groups_a_row * s.keys + k]);
        largest = std::isnan(score[k]) || score[k] > largest ? score[k] : largest;
      }
      for (int k = 0; k < s.keys; ++k) {
        const double weight = largest == -kInf && !mask.empty() ? 0 : std::exp(score[k] - largest);
        total += weight;
        for (int c = 0; c < s.value_cols; ++c) sum[c] += weight * number(value[(g * s.keys + k) * s.value_cols + c]);
      }
      for (double x : sum) out.push_back(largest == -kInf && !mask.empty() ? x : x / total);
    }
  }
  return out;
}

template <bool MASKED, class T>
void check_attention(const std::string& what, const std::vector<T>& query, const std::vector<T>& key,
                     const std::vector<T>& value, const std::vector<T>& mask, sizes s) {
  constexpr int kMost = 64;
  memory<T> q(query), k(key), v(value), a(mask), out(s.groups * kCount * s.value_cols);
  const int mask_rows = MASKED ? s.groups / s.groups_a_row : 0;
  check_runs(what, [&] {
    using V = vec<T, 16>;
    using H = vec<float, kCount>;
    stream<V, 8> query_row("query"), spoiled_query("spoiled query"), mask_row("mask"), joined("joined");
    stream<V, 8> queries[kBlocks], masks[kBlocks], keys[kBlocks], spoiled[kBlocks], values[kBlocks];
    stream<H, 8> scores[kBlocks], weights[kBlocks];
    stream<H, 64> heads[kBlocks];
    stream<vec<float, 16>, 512> sums[kBlocks];
    dataflow region;
    region.name("queries", queries);
    region.task<load_rows<T, 16>>("load query", q.get(), query_row, 0, s.groups * kCount, s.cols, s.cols);
    region.task<spoil_padding<T, 16>>("spoil query", query_row, spoiled_query, s.groups * kCount, s.cols);
    region.task<broadcast<V, kBlocks, 8>>("broadcast query", spoiled_query, s.groups * kCount * vectors_in(s.cols, 16),
                                          queries);
    if constexpr (MASKED) {
      region.task<load_rows<T, 16>>("load mask", a.get(), mask_row, 0, mask_rows, s.keys, s.keys);
      region.task<broadcast<V, kBlocks, 8>>("broadcast mask", mask_row, mask_rows * vectors_in(s.keys, 16), masks);
    }
    repeat<kBlocks>([&](auto b) {
      const int first = b * s.each();
      const int rows = b < kBlocks - 1 ? s.each() : s.groups * s.keys - first;
      region.task<load_rows<T, 16>>("load key", b, k.get(), keys[b], first * s.cols, rows, s.cols, s.cols);
      region.task<spoil_padding<T, 16>>("spoil", b, keys[b], spoiled[b], rows, s.cols);
      region.task<load_rows<T, 16>>("load value", b, v.get(), values[b], first * s.value_cols, rows, s.value_cols,
                                    s.value_cols);
      region.task<attend_keys<T, T, 16, 16, 2, kCount, 4, kMost>>("scores", b, spoiled[b], queries[b], scores[b],
                                                                  s.groups, s.keys, first, rows, s.cols, kScale);
      if constexpr (MASKED) {
        region.task<attend_weights<kCount, 2, T, 16, 4 * 1024>>("weights", b, scores[b], masks[b], weights[b], heads[b],
                                                                s.keys, first, rows, mask_rows, s.groups_a_row);
      } else {
        region.task<attend_weights<kCount, 1>>("weights", b, scores[b], weights[b], heads[b], s.keys, first, rows);
      }
      region.task<attend_values<T, 16, 2, 16, kCount, kMost>>("sums", b, values[b], weights[b], sums[b], s.keys, first,
                                                              rows, s.value_cols);
    });
    region.task<merge_attention<T, 16, kCount, kMost, MASKED, kBlocks, 64, 512>>("merge", joined, s.groups, s.keys,
                                                                                 s.each(), s.value_cols, heads, sums);
    region.task<store_rows<T, 16>>("store", joined, out.get(), 0, s.groups * kCount, s.value_cols, s.value_cols);
  });
  check_close(out.all(), wanted_of(query, key, value, mask, s),
              what + " of " + type_name<T>() + at(s.groups * s.keys, s.cols), 4 * tolerance_of<T>);
}

template <class T>
void check_sizes(T) {
  for (const sizes s : {sizes{1, 1000, 64, 64, 1}, sizes{2, 300, 40, 24, 2}, sizes{3, 130, 7, 33, 1},
                        sizes{8, 5, 16, 16, 4}, sizes{1, 3, 1, 1, 1}}) {
    const auto query = numbers<T>(s.groups * kCount * s.cols, 1);
    const auto key = numbers<T>(s.groups * s.keys * s.cols, 2), value = numbers<T>(s.groups * s.keys * s.value_cols, 3);
    check_attention<false>("attention", query, key, value, {}, s);
    check_attention<true>("masked", query, key, value, numbers<T>(s.groups / s.groups_a_row * s.keys, 4), s);
  }
}

// What lies at the ends of the numbers, in blocks that know nothing of each other.
void check_edges() {
  const sizes s{2, 600, 16, 16, 1};
  const auto query = numbers<float>(s.groups * kCount * s.cols, 1);
  const auto key = numbers<float>(s.groups * s.keys * s.cols, 2), value = numbers<float>(s.groups * s.keys * 16, 3);
  std::vector<float> mask(s.groups * s.keys, -kInf);
  check_attention<true>("nothing left", query, key, value, mask, s);
  mask[700] = 0;  // of the first group nothing, of the second one row
  check_attention<true>("one row left", query, key, value, mask, s);
  for (int i = 0; i < s.keys; ++i) mask[i] = -std::numeric_limits<float>::max();
  check_attention<true>("all alike", query, key, value, mask, s);
  for (float edge : {kNan, kInf, -kInf}) {
    auto key_edge = key, value_edge = value;
    key_edge[450 * 16 + 3] = edge;
    check_attention<false>("an edge of keys", query, key_edge, value, {}, s);
    value_edge[50 * 16 + 3] = edge;
    check_attention<true>("an edge of values", query, key, value_edge, mask, s);
  }
  // Scores that grow from row to row, so that each turn scales what was summed before, by up to e^-100.
  auto growing = key;
  for (int r = 0; r < s.groups * s.keys; ++r) {
    for (int c = 0; c < 16; ++c) growing[r * 16 + c] = 0.1f * r;
  }
  check_attention<false>("growing scores", std::vector<float>(query.size(), 0.2f), growing, value, {}, s);
}

}  // namespace

int main() {
  for_floats([](auto kind) { check_sizes(kind); });
  check_edges();
  return finish();
}
