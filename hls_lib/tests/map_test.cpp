// Maps and forks, on every element type.
#include "check.hpp"

namespace {

template <class T>
struct affine {
  static T apply(T a, T b, T c) { return add(mul(a, b), c); }
};
struct is_positive {
  static bool apply(float x) { return gt(x, 0.0f); }
};
struct widen {
  static float apply(int8_t x, float scale) { return mul(cast<float>(x), scale); }
};

template <class T>
void check_affine(int rows, int cols) {
  const int count = rows * cols;
  memory<T> a(numbers<T>(count, 1)), b(numbers<T>(count, 2)), c(numbers<T>(count, 3)), out(count);
  const int vectors = rows * vectors_in(cols, 16);
  check_runs("affine", [&] {
    stream<vec<T, 16>, 4> a_rows("a"), b_rows("b"), c_rows("c"), result("result");
    dataflow region;
    region.task<load_rows<T, 16>>("load a", a.get(), a_rows, 0, rows, cols, cols);
    region.task<load_rows<T, 16>>("load b", b.get(), b_rows, 0, rows, cols, cols);
    region.task<load_rows<T, 16>>("load c", c.get(), c_rows, 0, rows, cols, cols);
    region.task<map<affine<T>, 16, T, T, T, T>>("affine", result, vectors, a_rows, b_rows, c_rows);
    region.task<store_rows<T, 16>>("store", result, out.get(), 0, rows, cols, cols);
  });
  std::vector<T> wanted(count);
  for (int i = 0; i < count; ++i) wanted[i] = affine<T>::apply(a.get()[i], b.get()[i], c.get()[i]);
  check_close(out.all(), wanted, "affine of " + type_name<T>() + at(rows, cols), 0);
}

void check_iota(int rows, int cols) {
  memory<int64_t> out(rows * cols);
  check_runs("iota", [&] {
    stream<vec<int64_t, 4>, 2> places("places");
    dataflow region;
    region.task<iota<int64_t, 4>>("iota", places, rows, cols);
    region.task<store_rows<int64_t, 4>>("store", places, out.get(), 0, rows, cols, cols);
  });
  std::vector<int64_t> wanted(rows * cols);
  for (int i = 0; i < rows * cols; ++i) wanted[i] = i;
  check_close(out.all(), wanted, "iota" + at(rows, cols), 0);
}

void check_types() {
  const auto x = numbers<float>(100);
  memory<float> in(x);
  memory<bool> out(100);
  memory<float> scaled(100);
  memory<int8_t> small(numbers<int8_t>(100));
  check_runs("types", [&] {
    stream<vec<float, 8>, 4> rows("rows"), first("first"), second("second"), result("result");
    stream<vec<int8_t, 8>, 4> narrow("narrow");
    stream<vec<bool, 8>, 4> flags("flags");
    dataflow region;
    region.task<load_rows<float, 8>>("load", in.get(), rows, 0, 10, 10, 10);
    region.task<load_rows<int8_t, 8>>("load narrow", small.get(), narrow, 0, 10, 10, 10);
    region.task<fork<vec<float, 8>, vec<float, 8>, vec<float, 8>>>("fork", rows, 20, first, second);
    region.task<map<is_positive, 8, bool, float>>("sign", flags, 20, first);
    region.task<map<widen, 8, float, int8_t, float>>("scale", result, 20, narrow, second);
    region.task<store_rows<bool, 8>>("store flags", flags, out.get(), 0, 10, 10, 10);
    region.task<store_rows<float, 8>>("store", result, scaled.get(), 0, 10, 10, 10);
  });
  for (int i = 0; i < 100; ++i) {
    check(out.get()[i] == (x[i] > 0), "sign");
    check(scaled.get()[i] == static_cast<float>(small.get()[i]) * x[i], "scale");
  }
}

void drains() {
  memory<float> in(numbers<float>(100));
  check_runs("a fork without outputs drains", [&] {
    stream<vec<float, 8>, 4> rows("rows");
    dataflow region;
    region.task<load_rows<float, 8>>("load", in.get(), rows, 0, 10, 10, 10);
    region.task<fork<vec<float, 8>>>("drain", rows, 20);
  });
}

}  // namespace

int main() {
  for (auto [rows, cols] : kShapes) {
    for_types([rows = rows, cols = cols](auto zero) { check_affine<decltype(zero)>(rows, cols); });
  }
  check_types();
  check_iota(3, 5);
  check_iota(1, 8);
  check_iota(2, 1);
  drains();
  return finish();
}
