// Rows or elements of a table in memory, by index.
//
//   // for every index i of group g, and every inner row n: `cols` elements
//   // from table + offset + g * group_stride + i * row_stride + n * cols
//   gather_rows<float, 16, int64_t, 16>(table, index, out, offset, groups, count, inner_rows, cols, group_stride,
//                                       row_stride, limit, wrap);
//   // the same of rows of whole vectors, from an address aligned to them; lengths and strides in vectors
//   gather_vectors<float, 16, int64_t, 16>(table, index, out, offset, groups, count, vectors_a_row, group_stride,
//                                          row_stride, limit, wrap);
//   // for every place p of the index tensor, with strides of 0 along the gathered dimension:
//   // the element at table + (base at p) + i * index_stride; offset, sizes and strides of the base come last
//   gather_elements<float, 16, int64_t, 2>::run(table, index, out, 1, limit, wrap, 0, 4, 6, 10, 0);
//
// With `wrap` a negative index counts from the end. One that is out of range ends the launch.
#pragma once
#include "load.hpp"
#include "pack.hpp"
#include "pattern.hpp"
#include "port.hpp"

namespace hls_lib {

template <class T, int W, class TI, int WI>
void gather_rows(port<const T> table, hls::stream<vec<TI, WI>>& index, hls::stream<vec<T, W>>& out, int64_t offset,
                 int groups, int count, int inner_rows, int cols, int64_t group_stride, int64_t row_stride,
                 int64_t limit, bool wrap) {
  row_unpacker<TI, WI> unpacker;
  for (int g = 0; g < groups; ++g) {
    for (int i = 0; i < count; ++i) {
      const int64_t place = checked_index(unpacker.pop(count, index), limit, wrap);
      load_rows<T, W>(table, out, offset + g * group_stride + place * row_stride, inner_rows, cols, cols);
    }
  }
}

// One flat loop that waits for nothing it read before: as many reads are under way as the port allows.
template <class T, int W, class TI, int WI>
void gather_vectors(port<const vec<T, W>> table, hls::stream<vec<TI, WI>>& index, hls::stream<vec<T, W>>& out,
                    int64_t offset, int groups, int count, int vectors_a_row, int64_t group_stride, int64_t row_stride,
                    int64_t limit, bool wrap) {
  row_unpacker<TI, WI> unpacker;
  int64_t group = offset;
  int64_t row = 0;
  int number = 0;
  int step = 0;
gathered_vectors:
  for (int i = 0; i < groups * count * vectors_a_row; ++i) {
#pragma HLS pipeline II=1
    if (step == 0) {
      row = group + checked_index(unpacker.pop(count, index), limit, wrap) * row_stride;
      const bool ends = ++number == count;
      if (ends) number = 0;
      group += ends ? group_stride : 0;
    }
    out.write(table[row + step]);
    step = step + 1 == vectors_a_row ? 0 : step + 1;
  }
}

template <class T, int W, class TI, int RANK>
struct gather_elements {
  template <class... N>
  static void run(port<const T> table, hls::stream<vec<TI, W>>& index, hls::stream<vec<T, W>>& out,
                  int64_t index_stride, int64_t limit, bool wrap, int64_t offset, N... sizes_and_strides) {
    const auto base = pattern<RANK>::of(offset, sizes_and_strides...);
    const int64_t step = base.stride[RANK - 1];
    row_walk<RANK> walk(base);
    const int rows = base.rows();
    for (int r = 0; r < rows; ++r) {
      port<const T> row = table + walk.address();
      for (int c = 0; c < base.cols(); c += W) {
        const vec<TI, W> places = index.read();
        vec<T, W> lanes = {};
      gather:
        for (int l = 0; l < W && c + l < base.cols(); ++l) {
#pragma HLS pipeline II=1
          lanes[l] = row[(c + l) * step + checked_index(places[l], limit, wrap) * index_stride];
        }
        out.write(lanes);
      }
      walk.next();
    }
  }
};

}  // namespace hls_lib
