// Rows in blocks, each with tasks of its own: loads of whole vectors, join_blocks, topk_of_block and merge_topk,
// against what the whole gives.
#include <algorithm>
#include <numeric>

#include "check.hpp"

namespace {

constexpr int kCols = 32;
constexpr int kVectors = kCols / 16;

std::vector<double> products(const std::vector<float>& matrix, const std::vector<float>& vector, int rows) {
  std::vector<double> out(rows);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < kCols; ++c) out[r] += double(matrix[r * kCols + c]) * vector[c];
  }
  return out;
}

// Three blocks of `each` rows, the last of what remains; results packed into rows of `cols`. Several vectors meet the
// rows one after the other.
template <int WI>
void check_join(int rows, int each, int out_rows, int times = 1) {
  const auto matrix = numbers<float>(rows * kCols, 1), vector = numbers<float>(times * kCols, 2);
  memory<float> from(matrix), with(vector), out(times * rows);
  const int last = rows - 2 * each, cols = rows / out_rows;
  const auto* block = from.vectors<16>();
  check_runs("join", [&] {
    using V = vec<float, 16>;
    stream<V, 8> row("vector"), joined("joined"), vectors[3], rows_of[3];
    stream<vec<float, WI>, 64> sums[3];
    dataflow region;
    region.name("vectors", vectors);
    region.name("rows", rows_of);
    region.name("sums", sums);
    region.task<load_rows<float, 16>>("load vector", with.get(), row, 0, times, kCols, kCols);
    region.task<broadcast<V, 3, 8>>("broadcast", row, times * kVectors, vectors);
    repeat<3>([&](auto b) {
      const int here = b < 2 ? each : last;
      region.task<load_vectors_again<float, 16>>("load", b,
                                                 pick(b, block, block + each * kVectors, block + 2 * each * kVectors),
                                                 rows_of[b], here * kVectors, times);
      region.task<matmul<float, float, float, float, 16, 16, WI, 1, kCols>>("dot", b, rows_of[b], vectors[b], sums[b],
                                                                            times, here, kCols, here);
    });
    region.task<join_blocks<float, WI, 16, 3, 64>>("join", joined, out_rows, cols, each, times, sums);
    region.task<store_rows<float, 16>>("store", joined, out.get(), 0, times * out_rows, cols, cols);
  });
  std::vector<float> wanted;
  for (int t = 0; t < times; ++t) {
    const std::vector<float> one(vector.begin() + t * kCols, vector.begin() + (t + 1) * kCols);
    for (float sum : products(matrix, one, rows)) wanted.push_back(sum);
  }
  check_close(out.all(), wanted, "blocks" + at(rows, each), 1e-5);
}

// Every chunk of scalars comes before the rows it belongs to, through a stream that holds no more than a chunk.
void check_load_after(int rows, int times) {
  const auto matrix = numbers<float>(rows * kCols, 1), scales = numbers<float>(rows, 2);
  memory<float> from(matrix), with(scales), out(times * rows * kCols), scales_out(times * rows);
  check_runs("load after", [&] {
    emulation::set_exact_depths(true);
    stream<vec<float, 16>, 4> m("rows");
    stream<vec<float, 16>, 2> s("scales");
    dataflow region;
    region.task<load_vectors_after<float, 16, float, 16, 2>>("load", from.vectors<16>(), with.vectors<16>(), m, s, rows,
                                                             kVectors, times);
    region.task<store_rows<float, 16>>("store rows", m, out.get(), 0, times * rows, kCols, kCols);
    region.task<store_rows<float, 16>>("store scales", s, scales_out.get(), 0, times, rows, rows);
  });
  emulation::set_exact_depths(false);
  const auto again = [times](const std::vector<float>& once) {
    std::vector<float> all;
    for (int t = 0; t < times; ++t) all.insert(all.end(), once.begin(), once.end());
    return all;
  };
  check_close(out.all(), again(matrix), "rows", 0);
  check_close(scales_out.all(), again(scales), "scales", 0);
}

template <class T, bool LARGEST>
void check_wanted(const std::vector<T>& in, int each, int k, const T* values, const int64_t* indices) {
  std::vector<int64_t> wanted(in.size());
  std::iota(wanted.begin(), wanted.end(), 0);
  std::stable_sort(wanted.begin(), wanted.end(), [&](int64_t x, int64_t y) {
    if (is_nan(in[x]) || is_nan(in[y]))
      return LARGEST ? is_nan(in[x]) && !is_nan(in[y]) : is_nan(in[y]) && !is_nan(in[x]);
    return LARGEST ? number(in[x]) > number(in[y]) : number(in[x]) < number(in[y]);
  });
  wanted.resize(k);
  const std::string what = "best " + std::to_string(k) + " of " + type_name<T>() + at(each, in.size());
  check(std::equal(wanted.begin(), wanted.end(), indices), what + ": indices");
  for (int n = 0; n < k; ++n) check(is_close(number(values[n]), number(in[wanted[n]]), 0), what + ": values");
}

// The best of two blocks, of `each` rows and of the rest.
template <class T, int MAX_K, bool LARGEST>
void check_topk(const std::vector<T>& all, int each, int k, int times = 1) {
  const int rows = int(all.size()) / times, last = rows - each;
  memory<T> from(all), values(times * k);
  memory<int64_t> indices(times * k);
  check_runs("topk of blocks", [&] {
    stream<vec<T, 16>, 4> a("a"), b("b"), a_spoiled("a spoiled"), b_spoiled("b spoiled");
    stream<vec<T, 1>, 4> values_of[2];
    stream<vec<int64_t, 1>, 4> indices_of[2];
    stream<vec<T, 8>, 4> v("values");
    stream<vec<int64_t, 8>, 4> i("indices");
    dataflow region;
    region.task<load_rows<T, 16>>("load a", from.get(), a, 0, times, each, rows);
    region.task<load_rows<T, 16>>("load b", from.get(), b, each, times, last, rows);
    region.task<spoil_padding<T, 16>>("spoil a", a, a_spoiled, times, each);
    region.task<spoil_padding<T, 16>>("spoil b", b, b_spoiled, times, last);
    region.task<topk_of_block<T, 16, MAX_K, LARGEST>>("a", a_spoiled, values_of[0], indices_of[0], 0, each, k, times);
    region.task<topk_of_block<T, 16, MAX_K, LARGEST>>("b", b_spoiled, values_of[1], indices_of[1], each, last, k,
                                                      times);
    region.task<merge_topk<T, 8, MAX_K, LARGEST, 2, 4, 4>>("merge", v, i, k, each, last, times, values_of, indices_of);
    region.task<store_rows<T, 8>>("store values", v, values.get(), 0, times, k, k);
    region.task<store_rows<int64_t, 8>>("store indices", i, indices.get(), 0, times, k, k);
  });
  for (int t = 0; t < times; ++t) {
    const std::vector<T> in(all.begin() + t * rows, all.begin() + (t + 1) * rows);
    check_wanted<T, LARGEST>(in, each, k, values.get() + t * k, indices.get() + t * k);
  }
}

template <bool LARGEST>
void check_best() {
  for_numbers([](auto zero) {
    using T = decltype(zero);
    for (auto [each, last, k] : {std::tuple{16, 1, 17}, {16, 16, 5}, {48, 7, 16}, {160, 40, 64}}) {
      check_topk<T, 64, LARGEST>(numbers<T>(each + last, each), each, k);
    }
  });
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> odd = {0.0f, nan, -0.0f, inf, nan, -inf, 0.0f, -nan, -inf, 1e-40f};
  for (int n = 0; n < 30; ++n) odd.push_back(odd[n % 10]);
  for (int k : {1, 2, 7, 16, 40}) check_topk<float, 64, LARGEST>(odd, 16, k);
  check_topk<float, 64, LARGEST>(std::vector<float>(40, nan), 32, 33);
  check_topk<float, 64, LARGEST>(std::vector<float>(40, LARGEST ? -inf : inf), 32, 40);
  std::vector<float> rising(300);
  std::iota(rising.begin(), rising.end(), 0.0f);
  check_topk<float, 64, LARGEST>(rising, 160, 64);
  for (int k : {1, 5, 25}) check_topk<float, 64, LARGEST>(numbers<float>(3 * 39, k), 32, k, 3);
}

}  // namespace

int main() {
  for (auto [rows, each] : {std::pair{33, 16}, {48, 16}, {100, 48}}) {
    check_join<16>(rows, each, 1);
    check_join<1>(rows, each, 1);
  }
  check_join<16>(96, 32, 3);
  check_join<1>(40, 16, 8);
  check_join<16>(100, 48, 1, 3);
  check_join<1>(40, 16, 8, 2);
  for (int rows : {16, 32, 48, 80}) check_load_after(rows, 1);
  check_load_after(48, 3);
  check_best<true>();
  check_best<false>();
  return finish();
}
