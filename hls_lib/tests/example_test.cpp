// The example of the README: the four best of many rows for a question, and their softmax.
#include <ap_int.h>
#include <hls_stream.h>

#include <cstdio>
#include <vector>

#include "hls_lib/hls_lib.hpp"

using namespace hls_lib;

struct scaled {
  static float apply(float score) { return mul(score, 0.125f); }
};

extern "C" void search(const float* rows, const float* question, float* weights, int64_t* places, int count) {
#pragma HLS interface m_axi port=rows bundle=gmem0
#pragma HLS interface m_axi port=question bundle=gmem1
#pragma HLS interface m_axi port=weights bundle=gmem2
#pragma HLS interface m_axi port=places bundle=gmem3
#pragma HLS dataflow
  stream<vec<float, 16>, 64> row_vectors("row_vectors");
  stream<vec<float, 16>, 8> question_vectors("question_vectors");
  stream<vec<float, 16>, 8> raw("raw");
  stream<vec<float, 16>, 8> scores("scores");
  stream<vec<float, 4>, 8> best("best");
  stream<vec<int64_t, 4>, 8> best_places("best_places");
  stream<vec<float, 4>, 8> best_weights("best_weights");
  dataflow region;
  region.task<load_rows<float, 16>>("load rows", rows, row_vectors, 0, count, 64, 64);
  region.task<load_rows<float, 16>>("load question", question, question_vectors, 0, 1, 64, 64);
  region.task<matmul<float, float, float, float, 16, 16, 16, 1, 64>>("score", row_vectors, question_vectors, raw, 1,
                                                                     count, 64, count);
  region.task<map<scaled, 16, float, float>>("scale", scores, vectors_in(count, 16), raw);
  region.task<topk<float, 16, 4, 4, true, true>>("best", scores, best, best_places, 1, count, 4);
  region.task<softmax<float, 4, 4>>("softmax", best, best_weights, 1, 4);
  region.task<store_rows<float, 4>>("store weights", best_weights, weights, 0, 1, 4, 4);
  region.task<store_rows<int64_t, 4>>("store places", best_places, places, 0, 1, 4, 4);
}

int main() {
  const int count = 1000;
  std::vector<float> rows(count * 64), question(64, 1.0f), weights(4);
  std::vector<int64_t> places(4);
  for (int i = 0; i < count * 64; ++i) rows[i] = i / 64 == 700 ? 0.5f : 1.0f / (1 + i / 64 % 10);

  char message[512] = "";
  const int status = emulation::guarded(
      [&] { search(rows.data(), question.data(), weights.data(), places.data(), count); }, message, sizeof message);
  if (status != emulation::ok) {
    std::printf("failed: %s\n", message);
    return 1;
  }
  for (int i = 0; i < 4; ++i) std::printf("row %d with weight %.3f\n", static_cast<int>(places[i]), weights[i]);
  return places[0] == 0 && places[1] == 10 && weights[0] == 0.25f ? 0 : 1;
}
