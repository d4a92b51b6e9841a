// load and store: contiguous and strided, rows and any view, padding; a row repeated; halves of rows exchanged.
#include "check.hpp"

namespace {

// A copy through streams of another shape: rows of a wider matrix into rows of a wider matrix.
template <class T, int W>
void check_rows(int rows, int cols) {
  const int stride_in = cols + 3;
  const int stride_out = cols + 5;
  memory<T> in(numbers<T>(2 + rows * stride_in)), out(4 + rows * stride_out);
  check_runs("rows", [&] {
    stream<vec<T, W>, 4> lanes("lanes");
    dataflow region;
    region.task<load_rows<T, W>>("load", in.get(), lanes, 2, rows, cols, stride_in);
    region.task<store_rows<T, W>>("store", lanes, out.get(), 4, rows, cols, stride_out);
  });
  std::vector<T> wanted(4 + rows * stride_out, T(0));
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < cols; ++c) wanted[4 + r * stride_out + c] = in.get()[2 + r * stride_in + c];
  }
  check_close(out.all(), wanted, "rows of " + type_name<T>() + at(rows, cols), 0);
}

template <class T, int W>
void check_vectors(int count) {
  const auto wanted = numbers<T>(count * W);
  memory<T> in(wanted), out(wanted.size());
  check_runs("vectors", [&] {
    stream<vec<T, W>, 4> lanes("lanes");
    dataflow region;
    region.task<load_vectors<T, W>>("load", in.template vectors<W>(), lanes, count);
    region.task<store_vectors<T, W>>("store", lanes, out.template vectors<W>(), count);
  });
  check_close(out.all(), wanted, "vectors of " + type_name<T>(), 0);
}

// Rows of three vectors of a table of five a row, the second plane first.
template <class T, int W>
void check_vector_views() {
  memory<T> in(numbers<T>(2 * 4 * 5 * W)), out(2 * 3 * 3 * W);
  check_runs("views", [&] {
    stream<vec<T, W>, 4> lanes("lanes");
    dataflow region;
    region.task<load_views<T, W, 3>>("load", in.template vectors<W>(), lanes, 21, 2, 3, 3, -20, 5, 1);
    region.task<store_vectors<T, W>>("store", lanes, out.template vectors<W>(), 18);
  });
  std::vector<T> wanted;
  for (int i = 0; i < 18 * W; ++i) {
    const int plane = i / (9 * W), row = i / (3 * W) % 3, c = i % (3 * W);
    wanted.push_back(in.get()[(21 - 20 * plane + 5 * row) * W + c]);
  }
  check_close(out.all(), wanted, "views of " + type_name<T>(), 0);
}

template <class T, int W>
void check_repeat(int rows, int cols) {
  memory<T> in(numbers<T>(cols)), out(rows * cols);
  check_runs("repeat", [&] {
    stream<vec<T, W>, 4> row("row"), all("all");
    dataflow region;
    region.task<load_rows<T, W>>("load", in.get(), row, 0, 1, cols, cols);
    region.task<repeat_row<T, W, 1024>>("repeat", row, all, rows, cols);
    region.task<store_rows<T, W>>("store", all, out.get(), 0, rows, cols, cols);
  });
  std::vector<T> wanted;
  for (int i = 0; i < rows * cols; ++i) wanted.push_back(in.get()[i % cols]);
  check_close(out.all(), wanted, "repeated " + type_name<T>() + at(rows, cols), 0);
}

template <class T, int W, int HALF>
void check_rotate(int rows) {
  constexpr int kCols = 2 * HALF;
  memory<T> in(numbers<T>(rows * kCols)), out(rows * kCols);
  check_runs("rotate", [&] {
    stream<vec<T, W>, 2> lanes("lanes"), turned("turned");
    dataflow region;
    region.task<load_rows<T, W>>("load", in.get(), lanes, 0, rows, kCols, kCols);
    region.task<rotate_half<T, W, HALF>>("rotate", lanes, turned, rows);
    region.task<store_rows<T, W>>("store", turned, out.get(), 0, rows, kCols, kCols);
  });
  std::vector<T> wanted;
  for (int i = 0; i < rows * kCols; ++i) {
    wanted.push_back(i % kCols < HALF ? hls_lib::neg(in.get()[i + HALF]) : in.get()[i - HALF]);
  }
  check_close(out.all(), wanted, "rotated " + type_name<T>() + at(rows, kCols), 0);
}

// Every vector of a stream, to see the padding.
template <class T, int W>
void collect(hls::stream<vec<T, W>>& in, vec<T, W>* to, int vectors) {
  for (int i = 0; i < vectors; ++i) to[i] = in.read();
}

void check_padding() {
  memory<float> in(std::vector<float>(15, 1.0f));
  vec<float, 4> seen[6];
  check_runs("padding", [&] {
    stream<vec<float, 4>, 4> lanes("lanes");
    dataflow region;
    region.task<load_rows<float, 4>>("load", in.get(), lanes, 0, 3, 5, 5);
    region.task<collect<float, 4>>("collect", lanes, seen, 6);
  });
  for (int v = 0; v < 6; ++v) {
    for (int l = 0; l < 4; ++l) check(seen[v][l] == (v % 2 == 0 || l == 0 ? 1.0f : 0.0f), "padding is zero");
  }
}

template <class T, int W>
void check_views() {
  const auto source = numbers<T>(4 * 6 * 8);
  memory<T> in(source), out(3 + 8 * 4 * 7);
  // [4, 6, 8] transposed to [8, 4, 6], the rows stored 7 apart.
  check_runs("permute", [&] {
    stream<vec<T, W>, 4> lanes("lanes");
    dataflow region;
    region.task<load_strided<T, W, 3>>("load", in.get(), lanes, 0, 8, 4, 6, 1, 48, 8);
    region.task<store_strided<T, W, 3>>("store", lanes, out.get(), 3, 8, 4, 6, 28, 7, 1);
  });
  bool same = true;
  for (int a = 0; a < 8; ++a) {
    for (int b = 0; b < 4; ++b) {
      for (int c = 0; c < 6; ++c) same &= out.get()[3 + a * 28 + b * 7 + c] == source[b * 48 + c * 8 + a];
    }
  }
  check(same, "permute of " + type_name<T>());
  // Every second of a row backwards in steps, expanded over a first dimension.
  memory<T> expanded(3 * 4 * 4);
  check_runs("expand", [&] {
    stream<vec<T, W>, 4> lanes("lanes");
    dataflow region;
    region.task<load_strided<T, W, 3>>("load", in.get(), lanes, 1, 3, 4, 4, 0, 8, 2);
    region.task<store_rows<T, W>>("store", lanes, expanded.get(), 0, 12, 4, 4);
  });
  same = true;
  for (int i = 0; i < 48; ++i) same &= expanded.get()[i] == source[1 + i / 4 % 4 * 8 + i % 4 * 2];
  check(same, "expand of " + type_name<T>());
  memory<T> one(1);
  check_runs("rank 1", [&] {
    stream<vec<T, W>, 4> lanes("lanes");
    dataflow region;
    region.task<load_strided<T, W, 1>>("load", in.get(), lanes, 5, 1, 0);
    region.task<store_strided<T, W, 1>>("store", lanes, one.get(), 0, 1, 1);
  });
  check(one.get()[0] == source[5], "a single element");
}

}  // namespace

int main() {
  for (auto [rows, cols] : kShapes) {
    for_types([rows = rows, cols = cols](auto zero) {
      check_rows<decltype(zero), 16>(rows, cols);
      check_rows<decltype(zero), 1>(rows, cols);
      check_repeat<decltype(zero), 16>(rows, cols);
      check_rotate<decltype(zero), 16, 32>(rows);  // whole vectors a half
      check_rotate<decltype(zero), 16, 40>(rows);  // a half ends amid a vector
      check_rotate<decltype(zero), 16, 3>(rows);   // both halves in one vector, which is not full
      check_rotate<decltype(zero), 4, 9>(rows);    // and a last vector that is not full
    });
  }
  check_padding();
  for_types([](auto zero) {
    check_views<decltype(zero), 16>();
    check_views<decltype(zero), 4>();
    check_vectors<decltype(zero), 4>(9);
    check_vector_views<decltype(zero), 4>();
  });
  return finish();
}
