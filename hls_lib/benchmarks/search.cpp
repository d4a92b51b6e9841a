// How fast the emulation is: the best 64 of 65,536 rows by score, and their sum weighted by the softmax of the scores.
// Prints milliseconds on one thread, the least and the median of 200 launches.
#include <ap_int.h>
#include <hls_stream.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "hls_lib/hls_lib.hpp"

using namespace hls_lib;

namespace {

constexpr int kRows = 65536;
constexpr int kCols = 128;
constexpr int kBest = 64;

// The keys' type and lanes; the values gathered are floats.
template <class T, int W>
void search(const T* keys, const float* q, const float* values, float* context, int64_t* where) {
#pragma HLS dataflow
  stream<vec<T, W>, 64> key_rows("key_rows");
  stream<vec<float, 16>, 8> q_row("q_row");
  stream<vec<float, 16>, 8> scores("scores");
  stream<vec<float, 16>, 8> best("best");
  stream<vec<float, 16>, 8> weights("weights");
  stream<vec<int64_t, 16>, 8> places("places");
  stream<vec<int64_t, 16>, 8> places_to_gather("places_to_gather");
  stream<vec<int64_t, 16>, 8> places_to_store("places_to_store");
  stream<vec<float, 16>, 64> value_rows("value_rows");
  stream<vec<float, 16>, 8> sums("sums");
  using I = vec<int64_t, 16>;
  dataflow region;
  region.task<load_rows<T, W>>("load keys", keys, key_rows, 0, kRows, kCols, kCols);
  region.task<load_rows<float, 16>>("load q", q, q_row, 0, 1, kCols, kCols);
  region.task<matmul<T, float, float, float, W, 16, 16, 1, kCols>>("scores", key_rows, q_row, scores, 1, kRows, kCols,
                                                                   kRows);
  region.task<topk<float, 16, 16, kBest, true, true>>("best", scores, best, places, 1, kRows, kBest);
  region.task<fork<I, I, I>>("fork places", places, kBest / 16, places_to_gather, places_to_store);
  region.task<softmax<float, 16, kBest>>("softmax", best, weights, 1, kBest);
  region.task<gather_rows<float, 16, int64_t, 16>>("gather", values, places_to_gather, value_rows, 0, 1, kBest, 1,
                                                   kCols, 0, kCols, kRows, false);
  region.task<row_sum<float, float, float, float, 16, 16, 1, kCols, kBest>>("sum", value_rows, weights, sums, 1, kBest,
                                                                            kCols);
  region.task<store_rows<float, 16>>("store context", sums, context, 0, 1, kCols, kCols);
  region.task<store_rows<int64_t, 16>>("store where", places_to_store, where, 0, 1, kBest, kBest);
}

// Keys in blocks, for eight channels: scores only.
void scores_of_channels(const vec<float, 16>* keys, const float* q, float* out) {
#pragma HLS dataflow
  using V = vec<float, 16>;
  stream<V, 8> q_row("q_row"), q_of[8], scores("scores");
  stream<V, 64> keys_of[8];
  stream<V, 512> scores_of[8];
  constexpr int kShare = kRows / 8;
  constexpr int kVectors = kShare * kCols / 16;
  dataflow region;
  region.task<load_rows<float, 16>>("load q", q, q_row, 0, 1, kCols, kCols);
  region.task<broadcast<V, 8, 8>>("broadcast q", q_row, kCols / 16, q_of);
  repeat<8>([&](auto b) {
    region.task<load_vectors<float, 16>>("load", b, keys + b * kVectors, keys_of[b], kVectors);
    region.task<matmul<float, float, float, float, 16, 16, 16, 1, kCols>>("dot", b, keys_of[b], q_of[b], scores_of[b],
                                                                          1, kShare, kCols, kShare);
  });
  region.task<join_blocks<float, 16, 16, 8, 512>>("join", scores, 1, kRows, kShare, 1, scores_of);
  region.task<store_rows<float, 16>>("store", scores, out, 0, 1, kRows, kRows);
}

template <class Function>
void measure(const char* name, Function launch) {
  using clock = std::chrono::steady_clock;
  std::vector<double> times;
  char message[512];
  for (int i = 0; i < 200; ++i) {
    const auto start = clock::now();
    if (emulation::guarded(launch, message, sizeof message) != emulation::ok) {
      std::printf("%s failed: %s\n", name, message);
      std::exit(1);
    }
    times.push_back(std::chrono::duration<double, std::milli>(clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  std::printf("%-24s %6.2f ms least, %6.2f ms median\n", name, times.front(), times[times.size() / 2]);
}

}  // namespace

int main() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  const std::unique_ptr<vec<float, 16>[]> key_vectors(new vec<float, 16>[kRows * kCols / 16]);
  std::vector<float> keys(kRows * kCols), values(kRows * kCols), q(kCols), context(kCols), out(kRows);
  for (auto* all : {&keys, &values, &q}) {
    for (float& x : *all) x = normal(random);
  }
  std::copy(keys.begin(), keys.end(), &key_vectors[0][0]);
  std::vector<int8_t> small(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) small[i] = cast<int8_t>(clamp(keys[i] * 32.0f, -127.0f, 127.0f));
  std::vector<int64_t> where(kBest);
  measure("float keys", [&] { search<float, 16>(keys.data(), q.data(), values.data(), context.data(), where.data()); });
  measure("int8 keys",
          [&] { search<int8_t, 64>(small.data(), q.data(), values.data(), context.data(), where.data()); });
  measure("eight channels, scores", [&] { scores_of_channels(key_vectors.get(), q.data(), out.data()); });
}
