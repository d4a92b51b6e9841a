// Memory to stream.
//
//   load_rows<float, 16>(source, rows, offset, n, cols, row_stride);          // contiguous columns: bursts
//   load_strided<float, 16, 3>::run(source, rows, 0, 4, 6, 8, 48, 1, 6);   // offset, sizes, strides
//   load_views<float, 16, 3>::run(source, rows, 0, 4, 6, 8, 48, 8, 1);     // the same of rows of whole vectors: all in
//                                                                          // vectors, the last stride 1
//   load_vectors<float, 16>(source, rows, count);          // whole vectors, from an address aligned to them: one burst
//   load_vectors_again<float, 16>(source, rows, count, times);   // the same for each of several that need all of it
//   load_vectors_after<float, 16, float, 16, 512>(source, scales, rows, scale_vectors, n, vectors_a_row, times);
#pragma once
#include "pack.hpp"
#include "pattern.hpp"
#include "port.hpp"

namespace hls_lib {

template <class T, int W>
void load_rows(port<const T> src, hls::stream<vec<T, W>>& out, int64_t offset, int rows, int cols, int64_t row_stride) {
  const int whole = cols / W;
  const int rest = cols % W;
  for (int r = 0; r < rows; ++r) {
    port<const T> row = src + offset + r * row_stride;
  whole_vectors:
    for (int v = 0; v < whole; ++v) {
#pragma HLS pipeline II=1
      vec<T, W> lanes;
      for (int l = 0; l < W; ++l) {
#pragma HLS unroll
        lanes[l] = row[v * W + l];
      }
      out.write(lanes);
    }
    // Apart, so that the loop above stays a burst of whole vectors.
    if (rest > 0) {
      vec<T, W> lanes = {};
    last_lanes:
      for (int l = 0; l < rest; ++l) {
#pragma HLS pipeline II=1
        lanes[l] = row[whole * W + l];
      }
      out.write(lanes);
    }
  }
}

template <class T, int W, int RANK>
struct load_strided {
  template <class... N>
  static void run(port<const T> src, hls::stream<vec<T, W>>& out, int64_t offset, N... sizes_and_strides) {
    const auto p = pattern<RANK>::of(offset, sizes_and_strides...);
    const int64_t step = p.stride[RANK - 1];
    row_walk<RANK> walk(p);
    const int rows = p.rows();
    for (int r = 0; r < rows; ++r) {
      port<const T> row = src + walk.address();
      for (int c = 0; c < p.cols(); c += W) {
        // Every lane is an access of its own: the port gives one element a cycle.
        vec<T, W> lanes = {};
      elements:
        for (int l = 0; l < W && c + l < p.cols(); ++l) {
#pragma HLS pipeline II=1
          lanes[l] = row[(c + l) * step];
        }
        out.write(lanes);
      }
      walk.next();
    }
  }
};

// One flat loop that waits for nothing it read before: as many reads are under way as the port allows.
template <class T, int W, int RANK>
struct load_views {
  template <class... N>
  static void run(port<const vec<T, W>> src, hls::stream<vec<T, W>>& out, int64_t offset, N... sizes_and_strides) {
    const auto p = pattern<RANK>::of(offset, sizes_and_strides...);
    row_walk<RANK> walk(p);
    const int count = p.rows() * p.cols();
    int step = 0;
  viewed_vectors:
    for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
      out.write(src[walk.address() + step]);
      const bool last = step == p.cols() - 1;
      step = last ? 0 : step + 1;
      if (last) walk.next();
    }
  }
};

constexpr int64_t kSoon = 24;  // vectors

template <class T, int W>
void load_vectors(port<const vec<T, W>> src, hls::stream<vec<T, W>>& out, int count) {
vectors:
  for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
    soon(src, i + kSoon);
    out.write(src[i]);
  }
}

// The same `times` one after the other, for several that each need all of it.
template <class T, int W>
void load_vectors_again(port<const vec<T, W>> src, hls::stream<vec<T, W>>& out, int count, int times) {
  for (int t = 0; t < times; ++t) {
  vectors:
    for (int i = 0; i < count; ++i) {
#pragma HLS pipeline II=1
      soon(src, i + kSoon);
      out.write(src[i]);
    }
  }
}

// Rows of whole vectors, and A_ROW scalars a row that go another way. The scalars come first, as many rows of them as
// CHUNK vectors hold and then the rows they belong to, so that both lie behind one port; `scalars_out` holds CHUNK
// vectors. Several scalars a row are whole vectors. All of it `times` one after the other.
template <class T, int W, class TS, int WS, int CHUNK, int A_ROW = 1>
void load_vectors_after(port<const vec<T, W>> src, port<const vec<TS, WS>> scalars, hls::stream<vec<T, W>>& out,
                        hls::stream<vec<TS, WS>>& scalars_out, int rows, int vectors_a_row, int times) {
  static_assert(A_ROW == 1 || A_ROW % WS == 0, "whole vectors of scalars");
  constexpr int kRows = CHUNK * WS / A_ROW;
  for (int t = 0; t < times; ++t) {
    for (int first = 0; first < rows; first += kRows) {
      const int here = rows - first < kRows ? rows - first : kRows;
      const int scalar_vectors = vectors_in(here * A_ROW, WS);
      const int row_vectors = here * vectors_a_row;
      const int first_vector = first * vectors_a_row;
    scalar_vectors:
      for (int i = 0; i < scalar_vectors; ++i) {
#pragma HLS pipeline II=1
        scalars_out.write(scalars[first * A_ROW / WS + i]);
      }
    row_vectors:
      for (int i = 0; i < row_vectors; ++i) {
#pragma HLS pipeline II=1
        soon(src, first_vector + i + kSoon);
        out.write(src[first_vector + i]);
      }
    }
  }
}

}  // namespace hls_lib
