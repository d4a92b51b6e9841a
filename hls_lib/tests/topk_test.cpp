// Every way to select the best against a stable sort: ties, NaN, every element type.
#include <algorithm>
#include <numeric>

#include "check.hpp"

namespace {

template <class T>
bool comes_first(T a, T b, bool largest) {
  if (is_nan(a) || is_nan(b)) return largest ? is_nan(a) && !is_nan(b) : is_nan(b) && !is_nan(a);
  return largest ? number(a) > number(b) : number(a) < number(b);
}

// TASK as a task gives the k best of each row of `in`.
template <auto& TASK, class T, bool LARGEST, bool SORTED>
void check_selection(const std::vector<T>& in, int rows, int cols, int k) {
  memory<T> from(in), values(rows * k);
  memory<int64_t> indices(rows * k);
  check_runs("topk", [&] {
    stream<vec<T, 16>, 4> lanes("lanes"), spoiled("spoiled");
    stream<vec<T, 8>, 4> value_rows("values");
    stream<vec<int64_t, 8>, 4> index_rows("indices");
    dataflow region;
    region.task<load_rows<T, 16>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<T, 16>>("spoil", lanes, spoiled, rows, cols);
    region.task<TASK>("topk", spoiled, value_rows, index_rows, rows, cols, k);
    region.task<store_rows<T, 8>>("store values", value_rows, values.get(), 0, rows, k, k);
    region.task<store_rows<int64_t, 8>>("store indices", index_rows, indices.get(), 0, rows, k, k);
  });
  const std::string what = "topk " + std::to_string(k) + " of " + type_name<T>() + at(rows, cols);
  for (int r = 0; r < rows; ++r) {
    const T* row = from.get() + r * cols;
    std::vector<int64_t> wanted(cols);
    std::iota(wanted.begin(), wanted.end(), 0);
    std::stable_sort(wanted.begin(), wanted.end(),
                     [&](int64_t a, int64_t b) { return comes_first(row[a], row[b], LARGEST); });
    wanted.resize(k);
    std::vector<int64_t> got(indices.get() + r * k, indices.get() + (r + 1) * k);
    for (int i = 0; i < k; ++i) {
      const T value = values.get()[r * k + i];
      check(got[i] >= 0 && got[i] < cols && is_close(number(value), number(row[got[i]]), 0), what + ": value");
    }
    if (!SORTED) {
      std::sort(wanted.begin(), wanted.end());
      std::sort(got.begin(), got.end());
    }
    check(got == wanted, what + ": indices");
  }
}

template <class T, int MAX_K, bool LARGEST, bool SORTED>
void check_topk(const std::vector<T>& in, int rows, int cols, int k) {
  check_selection<topk<T, 16, 8, MAX_K, LARGEST, SORTED>, T, LARGEST, SORTED>(in, rows, cols, k);
}

// Rows of at most 1,024, and k up to 64.
template <class T, bool LARGEST, bool SORTED>
void check_on_chip(const std::vector<T>& in, int rows, int cols, int k) {
  check_selection<topk_by_sort<T, 16, 8, 1024, LARGEST>, T, LARGEST, true>(in, rows, cols, k);
  check_selection<topk_by_radix<T, 16, 8, 1024, 64, LARGEST, SORTED>, T, LARGEST, SORTED>(in, rows, cols, k);
}

template <class T>
void check_type() {
  for (auto [rows, cols] : kShapes) {
    const auto in = numbers<T>(rows * cols, cols);
    for (int k : {1, 2, 16, 64}) {
      if (k > cols) continue;
      check_topk<T, 64, true, true>(in, rows, cols, k);
      check_topk<T, 256, false, false>(in, rows, cols, k);
      check_on_chip<T, true, true>(in, rows, cols, k);
      check_on_chip<T, false, false>(in, rows, cols, k);
    }
  }
}

struct by_registers {
  template <class T, bool LARGEST>
  static void check(const std::vector<T>& in, int rows, int cols, int k) {
    check_topk<T, 64, LARGEST, true>(in, rows, cols, k);
  }
};

struct by_heap {
  template <class T, bool LARGEST>
  static void check(const std::vector<T>& in, int rows, int cols, int k) {
    check_topk<T, 256, LARGEST, true>(in, rows, cols, k);
  }
};

struct on_chip {
  template <class T, bool LARGEST>
  static void check(const std::vector<T>& in, int rows, int cols, int k) {
    check_on_chip<T, LARGEST, true>(in, rows, cols, k);
  }
};

template <class Way>
void edges() {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> odd = {0.0f, nan, -0.0f, inf, nan, -inf, 0.0f, -nan, -inf, 1e-40f};
  for (int k = 1; k <= 10; ++k) {
    Way::template check<float, true>(odd, 1, 10, k);
    Way::template check<float, false>(odd, 1, 10, k);
  }
  Way::template check<float, false>(std::vector<float>(40, nan), 1, 40, 20);
  const std::vector<int64_t> far(40, std::numeric_limits<int64_t>::min());
  Way::template check<int64_t, true>(far, 1, 40, 20);
  Way::template check<int64_t, false>(far, 1, 40, 20);
  const std::vector<int64_t> ends = {std::numeric_limits<int64_t>::max(), -1, 0, far[0], 1, far[0] + 1};
  Way::template check<int64_t, true>(ends, 1, 6, 4);
  Way::template check<int64_t, false>(ends, 1, 6, 4);
}

// Rows one after the other, each with other digits to search, and many equals in different places.
void rows_on_chip() {
  auto in = numbers<float>(5 * 900);
  for (int i = 0; i < 900; ++i) {
    in[i] = 1.0f;
    in[900 + i] = i % 7 == 0 ? 2.0f : -1.0f;
    in[1800 + i] = std::ldexp(1.0f, i % 200 - 100);
  }
  for (int k : {1, 50, 64}) {
    check_on_chip<float, true, true>(in, 5, 900, k);
    check_on_chip<float, false, false>(in, 5, 900, k);
  }
  // As many as the buffers take, and all of a row.
  check_on_chip<float, true, true>(numbers<float>(1024), 1, 1024, 64);
  check_selection<topk_by_sort<float, 16, 8, 1024, true>, float, true, true>(numbers<float>(1023), 1, 1023, 1023);
  check_selection<topk_by_radix<float, 16, 8, 64, 64, true, true>, float, true, true>(numbers<float>(64), 1, 64, 64);
  check_selection<topk_by_radix<float, 16, 8, 16384, 4096, true, true>, float, true, true>(numbers<float>(10000), 1,
                                                                                           10000, 3000);
}

}  // namespace

int main() {
  for_types([](auto zero) { check_type<decltype(zero)>(); });
  edges<by_registers>();
  edges<by_heap>();
  edges<on_chip>();
  rows_on_chip();
  check_topk<float, 4096, true, true>(numbers<float>(10000), 1, 10000, 3000);
  // Rising values: every one is a hit.
  std::vector<float> rising(5000);
  std::iota(rising.begin(), rising.end(), 0.0f);
  check_topk<float, 64, true, true>(rising, 1, 5000, 64);
  check_topk<float, 1024, true, false>(rising, 1, 5000, 1000);
  return finish();
}
