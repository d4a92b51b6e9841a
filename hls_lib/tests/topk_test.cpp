// topk against a stable sort: both stores, ties, NaN, every element type.
#include <algorithm>
#include <numeric>

#include "check.hpp"

namespace {

template <class T>
bool comes_first(T a, T b, bool largest) {
  if (is_nan(a) || is_nan(b)) return largest ? is_nan(a) && !is_nan(b) : is_nan(b) && !is_nan(a);
  return largest ? number(a) > number(b) : number(a) < number(b);
}

template <class T, int MAX_K, bool LARGEST, bool SORTED>
void check_topk(const std::vector<T>& in, int rows, int cols, int k) {
  memory<T> from(in), values(rows * k);
  memory<int64_t> indices(rows * k);
  check_runs("topk", [&] {
    stream<vec<T, 16>, 4> lanes("lanes"), spoiled("spoiled");
    stream<vec<T, 8>, 4> value_rows("values");
    stream<vec<int64_t, 8>, 4> index_rows("indices");
    dataflow region;
    region.task<load_rows<T, 16>>("load", from.get(), lanes, 0, rows, cols, cols);
    region.task<spoil_padding<T, 16>>("spoil", lanes, spoiled, rows, cols);
    region.task<topk<T, 16, 8, MAX_K, LARGEST, SORTED>>("topk", spoiled, value_rows, index_rows, rows, cols, k);
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

template <class T>
void check_type() {
  for (auto [rows, cols] : kShapes) {
    const auto in = numbers<T>(rows * cols, cols);
    for (int k : {1, 2, 16, 64}) {
      if (k > cols) continue;
      check_topk<T, 64, true, true>(in, rows, cols, k);
      check_topk<T, 256, false, false>(in, rows, cols, k);
    }
  }
}

template <int MAX_K>
void edges() {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> odd = {0.0f, nan, -0.0f, inf, nan, -inf, 0.0f, -nan, -inf, 1e-40f};
  for (int k = 1; k <= 10; ++k) {
    check_topk<float, MAX_K, true, true>(odd, 1, 10, k);
    check_topk<float, MAX_K, false, true>(odd, 1, 10, k);
  }
  check_topk<float, MAX_K, false, true>(std::vector<float>(40, nan), 1, 40, 20);
  const std::vector<int64_t> far(40, std::numeric_limits<int64_t>::min());
  check_topk<int64_t, MAX_K, true, true>(far, 1, 40, 20);
  check_topk<int64_t, MAX_K, false, true>(far, 1, 40, 20);
}

}  // namespace

int main() {
  for_types([](auto zero) { check_type<decltype(zero)>(); });
  edges<64>();
  edges<256>();
  check_topk<float, 4096, true, true>(numbers<float>(10000), 1, 10000, 3000);
  // Rising values: every one is a hit.
  std::vector<float> rising(5000);
  std::iota(rising.begin(), rising.end(), 0.0f);
  check_topk<float, 64, true, true>(rising, 1, 5000, 64);
  check_topk<float, 1024, true, false>(rising, 1, 5000, 1000);
  return finish();
}
