// Vectors of lanes, the unit that streams carry, and how scalars are packed into them.
//
//   vec<float, 16> v;             // 512 bits: one beat of an HBM port
//   v[3] = 1.0f;
//   row_packer<float, 16> packer; // scalars to rows of `cols`, each row padded with zeros to whole vectors
//   packer.push(x, cols, out);
#pragma once
#include "stream.hpp"
#include "types.hpp"

namespace hls_lib {

// Vectors are aligned to their size where that is a power of two, so that a vector is one access.
constexpr int vec_alignment(int bytes, int element) {
  return (bytes & (bytes - 1)) != 0 ? element : bytes > 64 ? 64 : bytes;
}

template <class T, int W>
struct alignas(vec_alignment(sizeof(T) * W, alignof(T))) vec {
  T lane[W];

  T& operator[](int i) { return lane[i]; }
  const T& operator[](int i) const { return lane[i]; }
};

// Vectors that a row of `cols` elements takes.
constexpr int vectors_in(int cols, int width) { return (cols + width - 1) / width; }

template <class T, int W>
class row_packer {
 public:
  void push(T value, int cols, hls::stream<vec<T, W>>& out) {
#pragma HLS inline
    pending_[lane_] = value;
    ++lane_;
    ++column_;
    if (lane_ == W || column_ == cols) {
      out.write(pending_);
      pending_ = {};
      lane_ = 0;
    }
    if (column_ == cols) column_ = 0;
  }

  // N values at once, of which none ends a vector but the last: W or `cols` is N, or both are multiples of it.
  template <int N>
  void push_all(const T (&values)[N], int cols, hls::stream<vec<T, W>>& out) {
#pragma HLS inline
    for (int n = 0; n < N; ++n) {
#pragma HLS unroll
      pending_[lane_ + n] = values[n];
    }
    lane_ += N;
    column_ += N;
    if (lane_ + N > W || column_ == cols) {
      out.write(pending_);
      pending_ = {};
      lane_ = 0;
    }
    if (column_ == cols) column_ = 0;
  }

 private:
  vec<T, W> pending_ = {};
  int lane_ = 0;
  int column_ = 0;
};

// The reverse: scalars one by one out of rows of `cols`.
template <class T, int W>
class row_unpacker {
 public:
  T pop(int cols, hls::stream<vec<T, W>>& in) {
#pragma HLS inline
    if (lane_ == 0) in.read(current_);
    const T value = current_[lane_];
    ++lane_;
    ++column_;
    if (column_ == cols) column_ = 0;
    if (lane_ == W || column_ == 0) lane_ = 0;
    return value;
  }

 private:
  vec<T, W> current_;
  int lane_ = 0;
  int column_ = 0;
};

}  // namespace hls_lib
