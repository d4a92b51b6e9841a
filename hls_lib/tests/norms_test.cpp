// softmax, log_softmax, layer_norm and rms_norm against double, with garbage in the padding.
#include <functional>

#include "check.hpp"

namespace {

constexpr int kMax = 1024;
using row_function = std::function<std::vector<double>(std::vector<double>)>;

template <class T>
void expect(const std::vector<T>& in, const std::vector<T>& got, int rows, int cols, const std::string& name,
            row_function f) {
  std::vector<double> wanted;
  for (int r = 0; r < rows; ++r) {
    std::vector<double> row;
    for (int c = 0; c < cols; ++c) row.push_back(number(in[r * cols + c]));
    for (double x : f(row)) wanted.push_back(x);
  }
  check_close(got, wanted, name + " of " + type_name<T>() + at(rows, cols), 3 * tolerance_of<T>);
}

template <class F, class T>
std::vector<T> run_plain(const std::vector<T>& in, int rows, int cols, float eps) {
  memory<T> from(in), to(in.size());
  check_runs("norm", [&] {
    stream<vec<T, 16>, 4> lanes("lanes"), spoiled("spoiled"), result("result");
    dataflow region;
    region.task<load_rows<T, 16>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<T, 16>>("spoil", lanes, spoiled, rows, cols);
    region.task<F>("norm", spoiled, result, rows, cols, eps);
    region.task<store_rows<T, 16>>("store", result, to.get(), 0, rows, cols, cols);
  });
  return to.all();
}

template <class F, class T>
std::vector<T> run_weighted(const std::vector<T>& in, std::vector<T> weight, int rows, int cols, float eps) {
  memory<T> from(in), to(in.size()), weights(weight);
  check_runs("norm with weight", [&] {
    stream<vec<T, 16>, 4> lanes("lanes"), spoiled("spoiled"), weight_row("weight"), result("result");
    dataflow region;
    region.task<load_rows<T, 16>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<T, 16>>("spoil", lanes, spoiled, rows, cols);
    region.task<load_rows<T, 16>>("load weight", weights.get(), weight_row, 0, 1, cols, cols);
    region.task<F>("norm", spoiled, weight_row, result, rows, cols, eps);
    region.task<store_rows<T, 16>>("store", result, to.get(), 0, rows, cols, cols);
  });
  return to.all();
}

template <class F, class T>
std::vector<T> run_affine(const std::vector<T>& in, std::vector<T> weight, std::vector<T> bias, int rows, int cols,
                          float eps) {
  memory<T> from(in), to(in.size()), weights(weight), biases(bias);
  check_runs("norm with weight and bias", [&] {
    stream<vec<T, 16>, 4> lanes("lanes"), spoiled("spoiled"), weight_row("weight"), bias_row("bias"), result("result");
    dataflow region;
    region.task<load_rows<T, 16>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<T, 16>>("spoil", lanes, spoiled, rows, cols);
    region.task<load_rows<T, 16>>("load weight", weights.get(), weight_row, 0, 1, cols, cols);
    region.task<load_rows<T, 16>>("load bias", biases.get(), bias_row, 0, 1, cols, cols);
    region.task<F>("norm", spoiled, weight_row, bias_row, result, rows, cols, eps);
    region.task<store_rows<T, 16>>("store", result, to.get(), 0, rows, cols, cols);
  });
  return to.all();
}

template <auto F, int W = 16, class T>
std::vector<T> run(const std::vector<T>& in, int rows, int cols) {
  memory<T> from(in), to(in.size());
  check_runs("softmax", [&] {
    stream<vec<T, W>, 4> lanes("lanes"), spoiled("spoiled"), result("result");
    dataflow region;
    region.task<load_rows<T, W>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<T, W>>("spoil", lanes, spoiled, rows, cols);
    region.task<F>("softmax", spoiled, result, rows, cols);
    region.task<store_rows<T, W>>("store", result, to.get(), 0, rows, cols, cols);
  });
  return to.all();
}

std::vector<double> exact_softmax(std::vector<double> row) {
  const double largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (double& x : row) sum += x = std::exp(x - largest);
  for (double& x : row) x /= sum;
  return row;
}

row_function exact_norm(bool centred, double eps, const std::vector<double>& weight, const std::vector<double>& bias) {
  return [=](std::vector<double> row) {
    double mean = 0, square = 0;
    for (double x : row) mean += x / row.size();
    if (!centred) mean = 0;
    for (double x : row) square += (x - mean) * (x - mean) / row.size();
    for (std::size_t i = 0; i < row.size(); ++i)
      row[i] = (row[i] - mean) / std::sqrt(square + eps) * weight[i] + bias[i];
    return row;
  };
}

template <class T>
std::vector<double> doubles(const std::vector<T>& in) {
  std::vector<double> out;
  for (T x : in) out.push_back(number(x));
  return out;
}

template <class T>
void check_type(int rows, int cols) {
  const auto in = numbers<T>(rows * cols, 7);
  expect(in, run<softmax<T, 16, kMax>>(in, rows, cols), rows, cols, "softmax", exact_softmax);
  expect(in, run<log_softmax<T, 16, kMax>>(in, rows, cols), rows, cols, "log_softmax", [](std::vector<double> row) {
    row = exact_softmax(row);
    for (double& x : row) x = std::log(x);
    return row;
  });
  const auto weight = numbers<T>(cols, 8);
  const auto bias = numbers<T>(cols, 9);
  const std::vector<double> ones(cols, 1), zeros(cols, 0);
  const double eps = 1e-5;
  using layer = layer_norm<T, 16, kMax>;
  using rms = rms_norm<T, 16, kMax>;
  expect(in, run_plain<layer>(in, rows, cols, eps), rows, cols, "layer_norm", exact_norm(true, eps, ones, zeros));
  expect(in, run_weighted<layer>(in, weight, rows, cols, eps), rows, cols, "layer_norm with weight",
         exact_norm(true, eps, doubles(weight), zeros));
  expect(in, run_affine<layer>(in, weight, bias, rows, cols, eps), rows, cols, "layer_norm with weight and bias",
         exact_norm(true, eps, doubles(weight), doubles(bias)));
  expect(in, run_plain<rms>(in, rows, cols, eps), rows, cols, "rms_norm", exact_norm(false, eps, ones, zeros));
  expect(in, run_weighted<rms>(in, weight, rows, cols, eps), rows, cols, "rms_norm with weight",
         exact_norm(false, eps, doubles(weight), zeros));
}

// What the model of their cost counts with: tests/stages/test_rows_on_chip.py.
static_assert(row_flight<16, 4096>::kLatency == 160 && row_flight<16, 4096>::kVectors == 512);
static_assert(row_flight<16, 64>::kLatency == 112 && row_flight<16, 64>::kVectors == 120);
static_assert(row_flight<1, 1>::kLatency == 64 && row_flight<1, 1>::kVectors == 66);

// Rows of every number of vectors, so that a row is one, two or many rows ahead of its next pass.
void lengths() {
  for (int cols = 1; cols <= 700; cols += 9) {
    const auto in = numbers<float>(5 * cols, cols);
    expect(in, run<softmax<float, 4, 700>, 4>(in, 5, cols), 5, cols, "softmax", exact_softmax);
  }
}

void edges() {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> in = {-inf, -inf, -inf, 0, -inf, 0, 1000, 1000, -1000, 1, nan, 2, 1, inf, 2};
  const std::vector<float> wanted = {nan, nan, nan, 0.5f, 0, 0.5f, 0.5f, 0.5f, 0, nan, nan, nan, nan, nan, nan};
  check_close(run<softmax<float, 16, 8>>(in, 5, 3), wanted, "softmax edges");
}

}  // namespace

int main() {
  for (auto [rows, cols] : kShapes) {
    for_floats([rows = rows, cols = cols](auto zero) { check_type<decltype(zero)>(rows, cols); });
  }
  lengths();
  edges();
  return finish();
}
