// reduce, argmax and cumsum against plain loops, with garbage in the padding; NaN and ties as in PyTorch.
#include <functional>

#include "check.hpp"

namespace {

const float kNan = std::numeric_limits<float>::quiet_NaN();

template <class TI>
using row_function = std::function<double(const TI* row, int cols)>;

// Runs F (reduce or argmax) on rows of `in`; out_cols is one that divides the rows.
template <auto F, class TI, class TO>
std::vector<TO> run(const std::vector<TI>& in, int rows, int cols) {
  memory<TI> from(in);
  memory<TO> to(rows);
  const int out_cols = rows % 3 == 0 ? 3 : rows;
  check_runs("reduce", [&] {
    stream<vec<TI, 16>, 4> lanes("lanes"), spoiled("spoiled");
    stream<vec<TO, 4>, 4> result("result");
    dataflow region;
    region.task<load_rows<TI, 16>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<TI, 16>>("spoil", lanes, spoiled, rows, cols);
    region.task<F>("reduce", spoiled, result, rows, cols, out_cols);
    region.task<store_rows<TO, 4>>("store", result, to.get(), 0, rows / out_cols, out_cols, out_cols);
  });
  return to.all();
}

template <class TI>
std::vector<double> per_row(const std::vector<TI>& in, int rows, int cols, row_function<TI> f) {
  memory<TI> from(in);
  std::vector<double> out;
  for (int r = 0; r < rows; ++r) out.push_back(f(from.get() + r * cols, cols));
  return out;
}

template <class Op, class TI, class TO>
void check_reduce(const char* name, int rows, int cols, double start, double (*combine)(double, double), bool as_bool) {
  const auto in = numbers<TI>(rows * cols, rows + cols);
  const auto wanted = per_row<TI>(in, rows, cols, [&](const TI* row, int n) {
    double result = start;
    for (int c = 0; c < n; ++c) result = combine(result, as_bool ? number(row[c]) != 0 : number(row[c]));
    return result;
  });
  const auto got = run<reduce<Op, TI, TO, 16, 4, 64>, TI, TO>(in, rows, cols);
  check_close(got, wanted, std::string(name) + " of " + type_name<TI>() + at(rows, cols), 30 * tolerance_of<TO>);
}

template <class T, bool LARGEST>
void check_argmax(int rows, int cols) {
  const auto in = numbers<T>(rows * cols, rows * cols);
  const auto wanted = per_row<T>(in, rows, cols, [](const T* row, int n) {
    int best = 0;
    for (int c = 1; c < n; ++c) {
      if (LARGEST ? number(row[c]) > number(row[best]) : number(row[c]) < number(row[best])) best = c;
    }
    return best;
  });
  const auto got = run<argmax<T, 16, 4, LARGEST>, T, int64_t>(in, rows, cols);
  check_close(got, wanted, "argmax of " + type_name<T>() + at(rows, cols));
}

template <class TI, class TO>
void check_cumsum(int rows, int cols) {
  memory<TI> from(numbers<TI>(rows * cols));
  memory<TO> to(rows * cols);
  check_runs("cumsum", [&] {
    stream<vec<TI, 16>, 4> lanes("lanes"), spoiled("spoiled");
    stream<vec<TO, 16>, 4> result("result");
    dataflow region;
    region.task<load_rows<TI, 16>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<TI, 16>>("spoil", lanes, spoiled, rows, cols);
    region.task<cumsum<TI, TO, 16>>("cumsum", spoiled, result, rows, cols);
    region.task<store_rows<TO, 16>>("store", result, to.get(), 0, rows, cols, cols);
  });
  std::vector<double> wanted;
  for (int r = 0; r < rows; ++r) {
    double sum = 0;
    for (int c = 0; c < cols; ++c) wanted.push_back(sum += number(from.get()[r * cols + c]));
  }
  check_close(to.all(), wanted, "cumsum of " + type_name<TI>() + at(rows, cols), 30 * tolerance_of<TO>);
}

void extremes() {
  // Row by row: NaN in the midst, all equal, two extremes, -0 before 0, all -infinity.
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> in = {1, kNan, 3,     kNan, 2,     2,    2,    2,    5,    1,
                                 5, 1,    -0.0f, 0.0f, -0.0f, 0.0f, -inf, -inf, -inf, -inf};
  check_close(run<argmax<float, 16, 4, true>, float, int64_t>(in, 5, 4), std::vector<int>{1, 0, 0, 0, 0}, "argmax");
  check_close(run<argmax<float, 16, 4, false>, float, int64_t>(in, 5, 4), std::vector<int>{1, 0, 1, 0, 0}, "argmin");
  check_close(run<reduce<max_op, float, float, 16, 4, 1>, float, float>(in, 5, 4),
              std::vector<float>{kNan, 2, 5, 0, -inf}, "max");
  check_close(run<reduce<min_op, float, float, 16, 4, 1>, float, float>(in, 5, 4),
              std::vector<float>{kNan, 2, 1, 0, -inf}, "min");
  const std::vector<int8_t> least(4, int8_t(-128));
  check_close(run<reduce<max_op, int8_t, int8_t, 16, 4, 1>, int8_t, int8_t>(least, 1, 4), std::vector<int>{-128},
              "max of int8");
  check_close(run<argmax<int8_t, 16, 4, true>, int8_t, int64_t>(least, 1, 4), std::vector<int>{0}, "argmax of int8");
  const std::vector<int64_t> least64(4, std::numeric_limits<int64_t>::min());
  check_close(run<argmax<int64_t, 16, 4, true>, int64_t, int64_t>(least64, 1, 4), std::vector<int>{0},
              "argmax of int64");
}

}  // namespace

int main() {
  const auto plus = [](double a, double b) { return a + b; };
  const auto larger = [](double a, double b) { return std::max(a, b); };
  const auto smaller = [](double a, double b) { return std::min(a, b); };
  const double inf = std::numeric_limits<double>::infinity();
  for (auto shape : kShapes) {
    for_numbers([&](auto zero) {
      using T = decltype(zero);
      const auto [rows, cols] = shape;
      using Sum = std::conditional_t<is_floating<T>, T, int64_t>;
      check_reduce<sum_op, T, Sum>("sum", rows, cols, 0, plus, false);
      check_reduce<max_op, T, T>("max", rows, cols, -inf, larger, false);
      check_reduce<min_op, T, T>("min", rows, cols, inf, smaller, false);
      check_argmax<T, true>(rows, cols);
      check_argmax<T, false>(rows, cols);
      check_cumsum<T, Sum>(rows, cols);
    });
    for_types([&](auto zero) {
      using T = decltype(zero);
      check_reduce<any_op, T, bool>("any", shape.first, shape.second, 0, larger, true);
      check_reduce<all_op, T, bool>("all", shape.first, shape.second, 1, smaller, true);
    });
    check_reduce<sum_op, bool, int64_t>("sum", shape.first, shape.second, 0, plus, false);
    check_cumsum<bool, int64_t>(shape.first, shape.second);
  }
  const auto times = [](double a, double b) { return a * b; };
  check_reduce<prod_op, float, float>("prod", 3, 5, 1, times, false);
  check_reduce<prod_op, int32_t, int64_t>("prod", 3, 5, 1, times, false);
  check_reduce<max_op, bool, bool>("max", 3, 17, 0, larger, false);
  extremes();
  return finish();
}
