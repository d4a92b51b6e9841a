// gather_rows and gather_elements: groups, inner rows, negative indices, indices out of range.
#include "check.hpp"

namespace {

// `inner` rows of `cols` for each of `count` indices in each of 2 groups, out of a table [2, limit, inner, cols].
template <class T, class TI>
void check_rows(int count, int limit, int inner, int cols) {
  const int groups = 2;
  const int row_size = inner * cols;
  memory<T> table(numbers<T>(3 + groups * limit * row_size)), out(groups * count * row_size);
  memory<TI> index(groups * count);
  std::mt19937 random(count);
  for (int i = 0; i < groups * count; ++i) index.get()[i] = TI(int(random() % (2 * limit)) - limit);
  check_runs("gather_rows", [&] {
    stream<vec<TI, 8>, 4> places("index");
    stream<vec<T, 16>, 4> result("result");
    dataflow region;
    region.task<load_rows<TI, 8>>("load", index.get(), places, 0, groups, count, count);
    region.task<gather_rows<T, 16, TI, 8>>("gather", table.get(), places, result, 3, groups, count, inner, cols,
                                           limit * row_size, row_size, limit, true);
    region.task<store_rows<T, 16>>("store", result, out.get(), 0, groups * count * inner, cols, cols);
  });
  std::vector<T> wanted;
  for (int i = 0; i < groups * count; ++i) {
    const int64_t place = index.get()[i] < 0 ? index.get()[i] + limit : int64_t(index.get()[i]);
    const T* row = table.get() + 3 + i / count * limit * row_size + place * row_size;
    wanted.insert(wanted.end(), row, row + row_size);
  }
  check_close(out.all(), wanted, "gather_rows of " + type_name<T>() + at(count, cols), 0);
}

// Rows of `a_row` vectors, of which the table [2, limit, a_row] begins with one that is left out.
template <class T>
void check_vectors(int count, int limit, int a_row) {
  const int groups = 2;
  memory<T> table(numbers<T>(16 * (1 + groups * limit * a_row))), out(16 * groups * count * a_row);
  memory<int64_t> index(groups * count);
  std::mt19937 random(count);
  for (int i = 0; i < groups * count; ++i) index.get()[i] = int(random() % (2 * limit)) - limit;
  check_runs("gather_vectors", [&] {
    stream<vec<int64_t, 8>, 4> places("index");
    stream<vec<T, 16>, 4> result("result");
    dataflow region;
    region.task<load_rows<int64_t, 8>>("load", index.get(), places, 0, groups, count, count);
    region.task<gather_vectors<T, 16, int64_t, 8>>("gather", table.template vectors<16>(), places, result, 1, groups,
                                                   count, a_row, limit * a_row, a_row, limit, true);
    region.task<store_vectors<T, 16>>("store", result, out.template vectors<16>(), groups * count * a_row);
  });
  std::vector<T> wanted;
  for (int i = 0; i < groups * count; ++i) {
    const int64_t place = index.get()[i] < 0 ? index.get()[i] + limit : index.get()[i];
    const T* row = table.get() + 16 * (1 + (i / count * limit + place) * a_row);
    wanted.insert(wanted.end(), row, row + 16 * a_row);
  }
  check_close(out.all(), wanted, "gather_vectors of " + type_name<T>() + at(count, a_row), 0);
}

// torch.gather along either dimension of a table [5, 7] with an index [3, 6].
template <class T>
void check_elements(int dim) {
  memory<T> table(numbers<T>(35)), out(18);
  memory<int64_t> index(18);
  const int limit = dim == 0 ? 5 : 7;
  for (int i = 0; i < 18; ++i) index.get()[i] = (i * 5 + 1) % limit - (i % 4 == 0 ? limit : 0);
  check_runs("gather_elements", [&] {
    stream<vec<int64_t, 4>, 4> places("index");
    stream<vec<T, 4>, 4> result("result");
    dataflow region;
    region.task<load_rows<int64_t, 4>>("load", index.get(), places, 0, 3, 6, 6);
    region.task<gather_elements<T, 4, int64_t, 2>>("gather", table.get(), places, result, dim == 0 ? 7 : 1, limit, true,
                                                   0, 3, 6, dim == 0 ? 0 : 7, dim == 1 ? 0 : 1);
    region.task<store_rows<T, 4>>("store", result, out.get(), 0, 3, 6, 6);
  });
  std::vector<T> wanted;
  for (int i = 0; i < 18; ++i) {
    const int64_t place = (index.get()[i] + limit) % limit;
    wanted.push_back(table.get()[dim == 0 ? place * 7 + i % 6 : i / 6 * 7 + place]);
  }
  check_close(out.all(), wanted, "gather_elements of " + type_name<T>(), 0);
}

void out_of_range(int64_t wrong, bool wrap, const std::string& message) {
  memory<float> table(100), out(20);
  memory<int64_t> index(std::vector<int64_t>{0, wrong});
  check_fails(emulation::out_of_range, message, [&] {
    stream<vec<int64_t, 8>, 4> places("index");
    stream<vec<float, 16>, 4> result("result");
    dataflow region;
    region.task<load_rows<int64_t, 8>>("load", index.get(), places, 0, 1, 2, 2);
    region.task<gather_rows<float, 16, int64_t, 8>>("gather", table.get(), places, result, 0, 1, 2, 1, 10, 0, 10, 10,
                                                    wrap);
    region.task<store_rows<float, 16>>("store", result, out.get(), 0, 2, 10, 10);
  });
}

}  // namespace

int main() {
  for (auto [count, cols] : kShapes) {
    for_types([count = count, cols = cols](auto zero) {
      check_rows<decltype(zero), int64_t>(count, 10, 1, cols);
      check_rows<decltype(zero), int32_t>(count, 3, 4, cols);
    });
  }
  for_types([](auto zero) {
    for (auto [count, a_row] : {std::pair{1, 1}, {8, 3}, {11, 2}}) check_vectors<decltype(zero)>(count, 5, a_row);
    check_elements<decltype(zero)>(0);
    check_elements<decltype(zero)>(1);
  });
  out_of_range(17, true, "index 17 is out of range for dimension of size 10");
  out_of_range(10, false, "index 10 is out of range for dimension of size 10");
  out_of_range(-11, true, "index -11 is out of range for dimension of size 10");
  out_of_range(-1, false, "index -1 is out of range for dimension of size 10");
  return finish();
}
