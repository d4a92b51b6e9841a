// matmul, int4_product and row_sum against plain loops, with garbage in the padding.
#include "check.hpp"

namespace {

template <class TM, class TV, class TO, class ACC, int W, int B>
void check_matmul(int batches, int rows, int cols) {
  constexpr int kMax = 1024;
  // Two results of a row divide a vector, three have one to themselves, five end vectors.
  const int out_cols = B == 3 ? B : rows * B;
  memory<TM> matrix(numbers<TM>(batches * rows * cols, 1));
  memory<TV> vectors(numbers<TV>(batches * B * cols, 2));
  memory<TO> out(batches * rows * B);
  check_runs("matmul", [&] {
    stream<vec<TM, W>, 8> matrix_rows("matrix"), spoiled("spoiled");
    stream<vec<TV, 16>, 8> vector_rows("vectors");
    stream<vec<TO, 8>, 8> result("result");
    dataflow region;
    region.task<load_rows<TM, W>>("load matrix", matrix.get(), matrix_rows, 0, batches * rows, cols, cols);
    region.task<spoil_padding<TM, W>>("spoil", matrix_rows, spoiled, batches * rows, cols);
    region.task<load_rows<TV, 16>>("load vectors", vectors.get(), vector_rows, 0, batches * B, cols, cols);
    region.task<matmul<TM, TV, TO, ACC, W, 16, 8, B, kMax, B <= 3>>("matmul", spoiled, vector_rows, result, batches,
                                                                    rows, cols, out_cols);
    region.task<store_rows<TO, 8>>("store", result, out.get(), 0, batches * rows * B / out_cols, out_cols, out_cols);
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

// Numbers of four bits and any floats, a scale of which is 0.
template <class TM, class TS, int WS, int GROUP, bool SIGNED, bool HALVES = false>
void check_int4(std::vector<float> vector, int rows, double edge) {
  const int cols = vector.size(), groups = cols / GROUP;
  if (edge != 0) vector[cols / 2 + 1] = edge;
  const auto bits = numbers<int32_t>(rows * cols / 2, 4);
  std::vector<TM> bytes;
  for (int32_t x : bits) bytes.push_back(TM(x * 37));
  auto scale = numbers<TS>(rows * groups, 5);
  scale[0] = TS(0);
  memory<TM> matrix(bytes);
  memory<TS> scales(scale);
  memory<float> with(vector), out(rows);
  check_runs("int4_product", [&] {
    stream<vec<TM, 64>, 8> matrix_rows("matrix");
    stream<vec<float, 16>, 8> vector_row("vector");
    stream<vec<TS, WS>, 8> scale_rows("scales"), spoiled("spoiled");
    stream<vec<float, 16>, 8> result("result");
    dataflow region;
    region.task<load_rows<TM, 64>>("load matrix", matrix.get(), matrix_rows, 0, rows, cols / 2, cols / 2);
    region.task<load_rows<float, 16>>("load vector", with.get(), vector_row, 0, 1, cols, cols);
    region.task<load_rows<TS, WS>>("load scales", scales.get(), scale_rows, 0, rows, groups, groups);
    region.task<spoil_padding<TS, WS>>("spoil", scale_rows, spoiled, rows, groups);
    region.task<int4_product<TM, TS, 64, 16, WS, 16, GROUP, 1024, SIGNED, HALVES>>(
        "int4_product", matrix_rows, vector_row, spoiled, result, rows, cols, rows);
    region.task<store_rows<float, 16>>("store", result, out.get(), 0, 1, rows, rows);
  });
  for (int r = 0; r < rows; ++r) {
    double sum = 0, allowed = 0;
    for (int c = 0; c < cols; ++c) {
      const int first = c / GROUP * GROUP, in_group = c % GROUP;
      const int byte = HALVES ? first / 2 + in_group % (GROUP / 2) : c / 2;
      const bool upper = HALVES ? in_group >= GROUP / 2 : c % 2 == 1;
      const int half = uint8_t(bytes[r * cols / 2 + byte]) >> (upper ? 4 : 0) & 15;
      const double weight = (SIGNED ? (half ^ 8) - 8 : half - 8) * double(number(scale[r * groups + c / GROUP]));
      sum += weight * vector[c];
      double largest = 0;
      for (int i = c / GROUP * GROUP; i < (c / GROUP + 1) * GROUP; ++i) {
        if (std::isfinite(vector[i])) largest = std::max(largest, std::abs(double(vector[i])));
      }
      if (std::isfinite(vector[c])) allowed += std::abs(weight) * (2e-6 * std::abs(vector[c]) + 1e-8 * largest);
    }
    const double got = out.get()[r];
    const bool close = std::isnan(sum) ? std::isnan(got) : got == sum || std::abs(got - sum) <= allowed + 1e-36;
    check(close, "int4_product" + at(rows, cols) + ": " + std::to_string(got) + " instead of " + std::to_string(sum));
  }
}

void check_all_int4() {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (double edge : {0.0f, inf, -inf, nan, 1e30f}) {
    check_int4<uint8_t, float, 16, 32, false>(numbers<float>(1024, 1), 20, edge);
    check_int4<uint8_t, float, 16, 32, false>(numbers<float>(640, 1), 3, edge);
    check_int4<int8_t, half_t, 4, 32, true>(numbers<float>(128, 2), 5, edge);
    check_int4<int8_t, float, 8, 128, true>(numbers<float>(896, 3), 7, edge);
    check_int4<uint8_t, bfloat16_t, 8, 64, false>(numbers<float>(384, 4), 1, edge);
    check_int4<uint8_t, float, 8, 32, false, true>(numbers<float>(256, 5), 6, edge);
  }
  for (float size : {0.0f, 1e-36f, 1e-44f, 1e34f}) {
    auto vector = numbers<float>(256, 6);
    for (float& x : vector) x *= size;
    check_int4<uint8_t, float, 8, 32, false>(vector, 4, 0);
  }
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

// int8 rows and a vector of any floats: each product is that of the numbers, infinities and NaN included.
void check_fixed(const std::vector<float>& vector, const std::string& what) {
  const int rows = 40, cols = vector.size();
  auto matrix = numbers<int8_t>(rows * cols, 3);
  for (int c = 0; c < cols; ++c) matrix[c] = c % 2 ? 127 : -128;
  for (int c = 0; c < cols; ++c) matrix[cols + c] = 1;
  memory<int8_t> from(matrix);
  memory<float> with(vector), out(rows);
  check_runs("fixed", [&] {
    stream<vec<int8_t, 64>, 8> matrix_rows("matrix"), spoiled("spoiled");
    stream<vec<float, 16>, 8> vector_row("vector");
    stream<vec<float, 16>, 8> result("result");
    dataflow region;
    region.task<load_rows<int8_t, 64>>("load matrix", from.get(), matrix_rows, 0, rows, cols, cols);
    region.task<spoil_padding<int8_t, 64>>("spoil", matrix_rows, spoiled, rows, cols);
    region.task<load_rows<float, 16>>("load vector", with.get(), vector_row, 0, 1, cols, cols);
    region.task<matmul<int8_t, float, float, float, 64, 16, 16, 1, 256>>("matmul", spoiled, vector_row, result, 1, rows,
                                                                         cols, rows);
    region.task<store_rows<float, 16>>("store", result, out.get(), 0, 1, rows, rows);
  });
  for (int r = 0; r < rows; ++r) {
    double sum = 0, size = 0, weight = 0, largest = 0;
    for (int c = 0; c < cols; ++c) {
      sum += double(matrix[r * cols + c]) * vector[c];
      if (!std::isfinite(vector[c])) continue;
      size += std::abs(double(matrix[r * cols + c]) * vector[c]);
      weight += std::abs(double(matrix[r * cols + c]));
      largest = std::max(largest, std::abs(double(vector[c])));
    }
    const float wanted = static_cast<float>(sum);
    // Of the result's own rounding, and of numbers that are small beside the largest.
    const double allowed = 1e-7 * size + std::ldexp(weight * largest, -31);
    const double got = out.get()[r];
    const bool close = std::isnan(wanted) ? std::isnan(got) : got == wanted || std::abs(got - sum) <= allowed;
    check(close, what + ": " + std::to_string(got) + " instead of " + std::to_string(wanted));
  }
}

void check_all_fixed() {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  for (int cols : {1, 17, 64, 130, 256}) {
    const auto plain = numbers<float>(cols, cols);
    check_fixed(plain, "plain");
    for (float scale : {1e-38f, 1e-44f, 1e30f}) {
      auto scaled = plain;
      for (float& x : scaled) x *= scale;
      check_fixed(scaled, "scaled by " + std::to_string(scale));
    }
    for (float edge : {inf, -inf, nan, 0.0f, 3e38f, 1e10f}) {
      auto edged = plain;
      edged[cols / 2] = edge;
      check_fixed(edged, "with " + std::to_string(edge));
      edged[0] = inf;
      check_fixed(edged, "with infinity and " + std::to_string(edge));
    }
    check_fixed(std::vector<float>(cols, 0.0f), "zero");
  }
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
    check_matmul<int8_t, float, float, float, 64, 2>(1, rows, cols);
    check_matmul<int32_t, int32_t, int32_t, int32_t, 16, 5>(1, rows, cols);
    check_matmul<int64_t, int64_t, int64_t, int64_t, 8, 1>(1, rows, cols);
    check_row_sum<float, float, float, float, 1>(2, rows, cols);
    check_row_sum<half_t, half_t, half_t, float, 3>(1, rows, cols);
    check_row_sum<bfloat16_t, float, bfloat16_t, float, 1>(1, rows, cols);
    check_row_sum<int8_t, float, float, float, 2>(1, rows, cols);
    check_row_sum<int32_t, int32_t, int32_t, int32_t, 1>(2, rows, cols);
    check_row_sum<int64_t, int64_t, int64_t, int64_t, 1>(1, rows, cols);
  }
  check_all_fixed();
  check_all_int4();
  return finish();
}
