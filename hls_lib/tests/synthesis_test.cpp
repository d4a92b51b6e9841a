// The branch that Vitis sees: it must be valid C++ and compute the same. Built with HLS_LIB_SYNTHESIS and stand-ins for
// Vitis' headers, so a task is a plain call. It cannot show that Vitis accepts the code.
#include <xmmintrin.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "hls_lib/hls_lib.hpp"

using namespace hls_lib;

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  if (holds) return;
  std::printf("FAILED: %s\n", what);
  ++failures;
}

struct scaled {
  template <class T>
  static T apply(T x) {
    return gelu(mul(x, T(0.5f)));
  }
};

// The best of rows that are kept on chip: of some sorted whole, of the others after a selection.
void select_on_chip(const float* rows, float* best, int64_t* places, int count, int cols) {
#pragma HLS dataflow
  stream<vec<float, 4>, 8> row_vectors("rows"), to_sort("to sort"), to_select("to select"), sorted("sorted");
  stream<vec<float, 4>, 8> selected("selected");
  stream<vec<int64_t, 4>, 8> sorted_places("sorted places"), selected_places("selected places");
  dataflow region;
  region.task<load_rows<float, 4>>("load", rows, row_vectors, 0, count, cols, cols);
  region.task<fork<vec<float, 4>, vec<float, 4>, vec<float, 4>>>("fork", row_vectors, count * vectors_in(cols, 4),
                                                                 to_sort, to_select);
  region.task<topk_by_sort<float, 4, 4, 64, true>>("sort", to_sort, sorted, sorted_places, count, cols, 3);
  region.task<topk_by_radix<float, 4, 4, 64, 8, true, true>>("select", to_select, selected, selected_places, count,
                                                             cols, 3);
  region.task<store_rows<float, 4>>("store", sorted, best, 0, count, 3, 3);
  region.task<store_rows<float, 4>>("store", selected, best, 3 * count, count, 3, 3);
  region.task<store_rows<int64_t, 4>>("store", sorted_places, places, 0, count, 3, 3);
  region.task<store_rows<int64_t, 4>>("store", selected_places, places, 3 * count, count, 3, 3);
}

// Scores, the best three, their softmax, and the rows they stand for, weighted and normalised.
template <class T>
void search(const T* rows, const T* question, T* out, T* summary, int64_t* places, int count) {
#pragma HLS dataflow
  using V = vec<T, 4>;
  using I = vec<int64_t, 4>;
  stream<V, 8> row_vectors("rows"), question_row("question"), score_row("scores"), best("best"), weights("weights");
  stream<V, 8> gathered("gathered"), sum("sum"), mapped("mapped"), trunk("trunk"), first("first"), second("second");
  stream<V, 8> scale("scale"), normal("normal"), total("total"), logs("logs"), running("running"), turned("turned");
  stream<I, 8> indices("indices"), to_gather("to gather"), to_store("to store");
  dataflow region;
  region.task<load_strided<T, 4, 2>>("load", rows, row_vectors, 0, count, 6, 6, 1);
  region.task<load_rows<T, 4>>("load question", question, question_row, 0, 1, 6, 6);
  region.task<matmul<T, T, T, float, 4, 4, 4, 1, 6>>("score", row_vectors, question_row, score_row, 1, count, 6, count);
  region.task<topk<T, 4, 4, 3, true, true>>("best", score_row, best, indices, 1, count, 3);
  region.task<fork<I, I, I>>("fork places", indices, 1, to_gather, to_store);
  region.task<softmax<T, 4, 3>>("softmax", best, weights, 1, 3);
  region.task<gather_rows<T, 4, int64_t, 4>>("gather", rows, to_gather, gathered, 0, 1, 3, 1, 6, 0, 6, count, true);
  region.task<row_sum<T, T, T, float, 4, 4, 1, 6, 3>>("sum", gathered, weights, sum, 1, 3, 6);
  region.task<map<scaled, 4, T, T>>("map", mapped, 2, sum);
  region.task<load_rows<T, 4>>("load scale", question, scale, 0, 1, 6, 6);
  region.task<layer_norm<T, 4, 6>>("norm", mapped, scale, normal, 1, 6, 1e-5f);
  region.task<fork<V, V, V>>("fork", normal, 2, first, second);
  region.task<reduce<sum_op, T, T, 4, 4, 2>>("total", first, total, 1, 6, 1);
  region.task<log_softmax<T, 4, 6>>("logs", second, logs, 1, 6);
  region.task<cumsum<T, T, 4>>("running", logs, turned, 1, 6);
  region.task<rotate_half<T, 4, 3>>("rotate", turned, running, 1);
  region.task<store_rows<T, 4>>("store total", total, summary, 0, 1, 1, 1);
  region.task<store_strided<T, 4, 1>>("store", running, out, 0, 6, 1);
  region.task<store_rows<int64_t, 4>>("store places", to_store, places, 0, 1, 3, 3);
}

template <class T>
void check_search(double tolerance) {
  const int count = 20;
  std::vector<T> rows(count * 6), question(6), out(6), summary(1);
  std::vector<int64_t> places(3);
  for (int i = 0; i < count * 6; ++i) rows[i] = T(std::sin(0.7f * i));
  for (int i = 0; i < 6; ++i) question[i] = T(1.0f);
  search<T>(rows.data(), question.data(), out.data(), summary.data(), places.data(), count);
  double best = -1e9;
  int where = 0;
  for (int r = 0; r < count; ++r) {
    double score = 0;
    for (int c = 0; c < 6; ++c) score += static_cast<float>(rows[r * 6 + c]);
    if (score > best) where = r;
    best = std::max(best, score);
  }
  check(places[0] == where, "the best row");
  check(std::abs(static_cast<float>(summary[0])) < tolerance, "a normalised row sums to zero");
  // The halves have changed places: the sum begins with the fourth number, and ends with the third, its sign turned.
  check(static_cast<float>(out[3]) < 0 && -static_cast<float>(out[2]) < static_cast<float>(out[3]), "a running sum");
}

// The best three of two blocks of rows, the second of 16 rows fewer.
void search_blocks(const vec<float, 16>* first, const vec<float, 16>* second, const float* question, float* best,
                   int64_t* places) {
#pragma HLS dataflow
  using V = vec<float, 16>;
  stream<V, 8> row("question"), questions[2], rows[2], scores[2];
  stream<vec<float, 1>, 4> best_of[2];
  stream<vec<int64_t, 1>, 4> where_of[2];
  stream<vec<float, 4>, 4> joined("best");
  stream<vec<int64_t, 4>, 4> where("where");
  dataflow region;
  region.name("rows", rows);
  region.task<load_rows<float, 16>>("load question", question, row, 0, 1, 16, 16);
  region.task<broadcast<V, 2, 8>>("broadcast", row, 1, questions);
  repeat<2>([&](auto b) {
    region.task<load_vectors_again<float, 16>>("load", b, pick(b, first, second), rows[b], b < 1 ? 32 : 16, 1);
    region.task<matmul<float, float, float, float, 16, 16, 16, 1, 16>>("dot", b, rows[b], questions[b], scores[b], 1,
                                                                       b < 1 ? 32 : 16, 16, b < 1 ? 32 : 16);
    region.task<topk_of_block<float, 16, 4, true>>("best", b, scores[b], best_of[b], where_of[b], 32 * b,
                                                   b < 1 ? 32 : 16, 3, 1);
  });
  region.task<merge_topk<float, 4, 4, true, 2, 4, 4>>("merge", joined, where, 3, 32, 16, 1, best_of, where_of);
  region.task<store_rows<float, 4>>("store", joined, best, 0, 1, 3, 3);
  region.task<store_rows<int64_t, 4>>("store places", where, places, 0, 1, 3, 3);
}

void check_search_blocks() {
  std::vector<vec<float, 16>> rows(48);
  const std::vector<float> question(16, 1.0f);
  for (int r = 0; r < 48; ++r) rows[r].lane[0] = r * 7 % 48;
  float best[3];
  int64_t places[3];
  search_blocks(rows.data(), rows.data() + 32, question.data(), best, places);
  for (int i = 0; i < 3; ++i) check(best[i] == 47 - i && places[i] * 7 % 48 == 47 - i, "the best of two blocks");
}

// Rows of ones, of a scale a group of 32.
void int4_rows(const vec<uint8_t, 64>* rows, const vec<float, 4>* scales, const vec<float, 16>* vector, float* out) {
#pragma HLS dataflow
  stream<vec<uint8_t, 64>, 8> bytes("bytes");
  stream<vec<float, 4>, 8> scale_rows("scales");
  stream<vec<float, 16>, 8> vector_row("vector");
  stream<vec<float, 2>, 8> sums("sums");
  dataflow region;
  region.task<load_vectors_after<uint8_t, 64, float, 4, 2, 4>>("load", rows, scales, bytes, scale_rows, 2, 1, 1);
  region.task<load_vectors<float, 16>>("load vector", vector, vector_row, 8);
  region.task<int4_product<uint8_t, float, 64, 16, 4, 2, 32, 128, false, false>>("dot", bytes, vector_row, scale_rows,
                                                                                 sums, 2, 128, 2);
  region.task<store_rows<float, 2>>("store", sums, out, 0, 1, 2, 2);
}

void check_int4_rows() {
  std::vector<vec<uint8_t, 64>> rows(2);
  std::vector<vec<float, 4>> scales(2);
  std::vector<vec<float, 16>> vector(8);
  for (auto& row : rows) std::fill(row.lane, row.lane + 64, 0x99);
  for (int i = 0; i < 4; ++i) scales[1].lane[i] = i;
  for (auto& part : vector) std::fill(part.lane, part.lane + 16, 0.5f);
  float out[2];
  int4_rows(rows.data(), scales.data(), vector.data(), out);
  check(out[0] == 0 && out[1] == 96, "rows of four bits");
}

void check_select_on_chip() {
  const int count = 2, cols = 50;
  std::vector<float> rows(count * cols), best(6 * count);
  std::vector<int64_t> places(6 * count);
  for (int i = 0; i < count * cols; ++i) rows[i] = i % cols * 7 % cols;
  select_on_chip(rows.data(), best.data(), places.data(), count, cols);
  for (int i = 0; i < 6 * count; ++i) {
    check(best[i] == cols - 1 - i % 3 && places[i] * 7 % cols == cols - 1 - i % 3, "the best of rows on chip");
  }
}

// One query of two groups over keys in two blocks, of which the second one begins amid a group.
void attend(const half_t* query, const half_t* key, const half_t* value, const half_t* mask, half_t* out, int keys,
            int cols) {
#pragma HLS dataflow
  using V = vec<half_t, 8>;
  const int each = 4 * keys / 3;
  stream<V, 8> query_row("query"), mask_row("mask"), joined("joined"), queries[2], masks[2], key_rows[2], values[2];
  stream<vec<float, 1>, 256> scores[2], weights[2], heads[2];
  stream<vec<float, 8>, 64> sums[2];
  dataflow region;
  region.task<load_rows<half_t, 8>>("load query", query, query_row, 0, 2, cols, cols);
  region.task<broadcast<V, 2, 8>>("broadcast query", query_row, 2 * vectors_in(cols, 8), queries);
  region.task<load_rows<half_t, 8>>("load mask", mask, mask_row, 0, 1, keys, keys);
  region.task<broadcast<V, 2, 8>>("broadcast mask", mask_row, vectors_in(keys, 8), masks);
  repeat<2>([&](auto b) {
    const int first = b * each, rows = b == 0 ? each : 2 * keys - each;
    region.task<load_rows<half_t, 8>>("load key", b, key, key_rows[b], first * cols, rows, cols, cols);
    region.task<load_rows<half_t, 8>>("load value", b, value, values[b], first * cols, rows, cols, cols);
    region.task<attend_keys<half_t, half_t, 8, 8, 2, 1, 2, 24>>("score", b, key_rows[b], queries[b], scores[b], 2, keys,
                                                                first, rows, cols, 0.5f);
    region.task<attend_weights<1, 2, half_t, 8, 512>>("weigh", b, scores[b], masks[b], weights[b], heads[b], keys,
                                                      first, rows, 1, 2);
    region.task<attend_values<half_t, 8, 2, 8, 1, 24>>("sum", b, values[b], weights[b], sums[b], keys, first, rows,
                                                       cols);
  });
  region.task<merge_attention<half_t, 8, 1, 24, true, 2, 256, 64>>("merge", joined, 2, keys, each, cols, heads, sums);
  region.task<store_rows<half_t, 8>>("store", joined, out, 0, 2, cols, cols);
}

void check_attention() {
  const int keys = 200, cols = 20;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<half_t> query(2 * cols), key(2 * keys * cols), value(2 * keys * cols), mask(keys), out(2 * cols);
  for (auto* each : {&query, &key, &value, &mask}) {
    for (half_t& x : *each) x = half_t(normal(random));
  }
  attend(query.data(), key.data(), value.data(), mask.data(), out.data(), keys, cols);
  for (int g = 0; g < 2; ++g) {
    std::vector<double> sum(cols);
    double total = 0;
    for (int k = 0; k < keys; ++k) {
      double score = 0;
      for (int c = 0; c < cols; ++c) score += 0.5 * query[g * cols + c] * key[(g * keys + k) * cols + c];
      const double weight = std::exp(score + mask[k]);
      total += weight;
      for (int c = 0; c < cols; ++c) sum[c] += weight * value[(g * keys + k) * cols + c];
    }
    for (int c = 0; c < cols; ++c) check(std::abs(out[g * cols + c] - sum[c] / total) < 2e-3, "attention");
  }
}

// Halves are converted by shifts alone, so that subnormals survive where operators flush denormal floats.
void check_halves() {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  bool widened = true, rounded = true;
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float wide = bits_as<_Float16>(static_cast<uint16_t>(bits));
    const float ours = bits_as<half_t>(static_cast<uint16_t>(bits));
    widened &= is_nan(wide) ? is_nan(ours) : bits_as<uint32_t>(ours) == bits_as<uint32_t>(wide);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 2000000; ++i) {
    const uint32_t bits = random() & (i % 2 ? 0xffffffff : 0xfffff000);  // many ties
    const float x = bits_as<float>(bits);
    rounded &= is_nan(x) ? is_nan(half_t(x)) : half_t(x).bits == bits_as<uint16_t>(static_cast<_Float16>(x));
  }
  bool multiplied = true;
  for (int i = 0; i < 2000000; ++i) {
    const float x = bits_as<half_t>(static_cast<uint16_t>(random())), z = bits_as<bfloat16_t>(uint16_t(random()));
    const float y = bits_as<float>(static_cast<uint32_t>(i % 2 ? random() : random() & 0xfffff800));
    for (const auto& [ours, plain] : {std::pair(product<half_t>(x, y), x * y), {product<bfloat16_t>(z, y), z * y}}) {
      multiplied &= is_nan(plain) ? is_nan(ours) : bits_as<uint32_t>(ours) == bits_as<uint32_t>(plain);
    }
  }
  _mm_setcsr(before);
  check(multiplied, "products of 16-bit floats");
  check(widened, "half_t to float");
  check(rounded, "half_t rounds to nearest even");
}

}  // namespace

int main() {
  check_int4_rows();
  check_search_blocks();
  check_select_on_chip();
  check_halves();
  check_attention();
  check_search<float>(1e-5);
  check_search<half_t>(1e-2);
  check_search<bfloat16_t>(1e-1);
  std::printf("%d failed\n", failures);
  return failures == 0 ? 0 : 1;
}
