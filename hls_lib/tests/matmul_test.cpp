// matmul, row_sum and merge_round_robin against plain loops, with garbage in the padding.
#include "check.hpp"

namespace {

template <class TM, class TV, class TO, class ACC, int W, int B>
void check_matmul(int batches, int rows, int cols) {
  constexpr int kMax = 1024;
  const int out_cols = rows * B;
  memory<TM> matrix(numbers<TM>(batches * rows * cols, 1));
  memory<TV> vectors(numbers<TV>(batches * B * cols, 2));
  memory<TO> out(batches * out_cols);
  check_runs("matmul", [&] {
    stream<vec<TM, W>, 8> matrix_rows("matrix"), spoiled("spoiled");
    stream<vec<TV, 16>, 8> vector_rows("vectors");
    stream<vec<TO, 8>, 8> result("result");
    dataflow region;
    region.task<load_rows<TM, W>>("load matrix", matrix.get(), matrix_rows, 0, batches * rows, cols, cols);
    region.task<spoil_padding<TM, W>>("spoil", matrix_rows, spoiled, batches * rows, cols);
    region.task<load_rows<TV, 16>>("load vectors", vectors.get(), vector_rows, 0, batches * B, cols, cols);
    region.task<matmul<TM, TV, TO, ACC, W, 16, 8, B, kMax>>("matmul", spoiled, vector_rows, result, batches, rows, cols,
                                                            out_cols);
    region.task<store_rows<TO, 8>>("store", result, out.get(), 0, batches, out_cols, out_cols);
  });
  std::vector<double> wanted;
  for (int n = 0; n < batches; ++n) {
    for (int r = 0; r < rows; ++r) {
      for (int b = 0; b < B; ++b) {
        double sum = 0;
        for (int c = 0; c < cols; ++c) {
          sum += number(matrix.get()[(n * rows + r) * cols + c]) * number(vectors.get()[(n * B + b) * cols + c]);
        }
        wanted.push_back(sum);
      }
    }
  }
  check_close(out.all(), wanted, "matmul of " + type_name<TM>() + at(rows, cols), 20 * tolerance_of<TO>);
}

template <class TM, class TV, class TO, class ACC, int M>
void check_row_sum(int batches, int rows, int cols) {
  memory<TM> matrix(numbers<TM>(batches * rows * cols, 1));
  memory<TV> weights(numbers<TV>(batches * M * rows, 2));
  memory<TO> out(batches * M * cols);
  check_runs("row_sum", [&] {
    stream<vec<TM, 16>, 8> matrix_rows("matrix"), spoiled("spoiled");
    stream<vec<TV, 8>, 8> weight_rows("weights"), weights_spoiled("weights spoiled");
    stream<vec<TO, 16>, 8> result("result");
    dataflow region;
    region.task<load_rows<TM, 16>>("load matrix", matrix.get(), matrix_rows, 0, batches * rows, cols, cols);
    region.task<spoil_padding<TM, 16>>("spoil", matrix_rows, spoiled, batches * rows, cols);
    region.task<load_rows<TV, 8>>("load weights", weights.get(), weight_rows, 0, batches * M, rows, rows);
    region.task<spoil_padding<TV, 8>>("spoil weights", weight_rows, weights_spoiled, batches * M, rows);
    region.task<row_sum<TM, TV, TO, ACC, 16, 8, M, 1024, 64>>("row_sum", spoiled, weights_spoiled, result, batches,
                                                              rows, cols);
    region.task<store_rows<TO, 16>>("store", result, out.get(), 0, batches * M, cols, cols);
  });
  std::vector<double> wanted;
  for (int n = 0; n < batches; ++n) {
    for (int m = 0; m < M; ++m) {
      for (int c = 0; c < cols; ++c) {
        double sum = 0;
        for (int r = 0; r < rows; ++r) {
          sum += number(weights.get()[(n * M + m) * rows + r]) * number(matrix.get()[(n * rows + r) * cols + c]);
        }
        wanted.push_back(sum);
      }
    }
  }
  check_close(out.all(), wanted, "row_sum of " + type_name<TM>() + at(rows, cols), 10 * tolerance_of<TO>);
}

void check_channels(int rows) {
  const int cols = 40;
  memory<float> matrix(numbers<float>(rows * cols, 1)), vector(numbers<float>(cols, 2)), out(rows);
  // Row r lies in channel r % 3, all channels in one memory here.
  check_runs("channels", [&] {
    stream<vec<float, 16>, 8> vector_row("vector"), v0("v0"), v1("v1"), v2("v2"), m0("m0"), m1("m1"), m2("m2");
    stream<vec<float, 1>, 8> s0("s0"), s1("s1"), s2("s2");
    stream<vec<float, 16>, 8> scores("scores");
    using V = vec<float, 16>;
    dataflow region;
    region.task<load_rows<float, 16>>("load vector", vector.get(), vector_row, 0, 1, cols, cols);
    region.task<fork<V, V, V, V>>("fork", vector_row, 3, v0, v1, v2);
    const int n0 = (rows + 2) / 3, n1 = (rows + 1) / 3, n2 = rows / 3;
    region.task<load_rows<float, 16>>("load 0", matrix.get(), m0, 0, n0, cols, 3 * cols);
    region.task<load_rows<float, 16>>("load 1", matrix.get(), m1, cols, n1, cols, 3 * cols);
    region.task<load_rows<float, 16>>("load 2", matrix.get(), m2, 2 * cols, n2, cols, 3 * cols);
    region.task<matmul<float, float, float, float, 16, 16, 1, 1, 64>>("dot 0", m0, v0, s0, 1, n0, cols, n0);
    region.task<matmul<float, float, float, float, 16, 16, 1, 1, 64>>("dot 1", m1, v1, s1, 1, n1, cols, n1);
    region.task<matmul<float, float, float, float, 16, 16, 1, 1, 64>>("dot 2", m2, v2, s2, 1, n2, cols, n2);
    region.task<merge_round_robin<float, 16, 3>>("merge", scores, 1, rows, s0, s1, s2);
    region.task<store_rows<float, 16>>("store", scores, out.get(), 0, 1, rows, rows);
  });
  std::vector<double> wanted;
  for (int r = 0; r < rows; ++r) {
    double sum = 0;
    for (int c = 0; c < cols; ++c) sum += double(matrix.get()[r * cols + c]) * vector.get()[c];
    wanted.push_back(sum);
  }
  check_close(out.all(), wanted, "channels, rows " + std::to_string(rows), 1e-5);
}

}  // namespace

int main() {
  for (auto [rows, cols] : kShapes) {
    check_matmul<float, float, float, float, 16, 1>(2, rows, cols);
    check_matmul<float, float, float, float, 4, 3>(2, rows, cols);
    check_matmul<half_t, half_t, half_t, float, 16, 1>(1, rows, cols);
    check_matmul<bfloat16_t, bfloat16_t, bfloat16_t, float, 32, 2>(1, rows, cols);
    check_matmul<int8_t, float, float, float, 64, 1>(1, rows, cols);
    check_matmul<int8_t, int8_t, int32_t, int32_t, 64, 1>(2, rows, cols);
    check_matmul<int32_t, int32_t, int32_t, int32_t, 16, 2>(1, rows, cols);
    check_matmul<int64_t, int64_t, int64_t, int64_t, 8, 1>(1, rows, cols);
    check_row_sum<float, float, float, float, 1>(2, rows, cols);
    check_row_sum<half_t, half_t, half_t, float, 3>(1, rows, cols);
    check_row_sum<bfloat16_t, float, bfloat16_t, float, 1>(1, rows, cols);
    check_row_sum<int8_t, float, float, float, 2>(1, rows, cols);
    check_row_sum<int32_t, int32_t, int32_t, int32_t, 1>(2, rows, cols);
    check_row_sum<int64_t, int64_t, int64_t, int64_t, 1>(1, rows, cols);
  }
  for (int rows : {1, 3, 16, 50}) check_channels(rows);
  return finish();
}
