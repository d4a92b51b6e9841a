// How a view of a tensor lies in memory: any slice, permutation or expansion (stride 0).
//
//   pattern<3>::of(0, 4, 6, 8, 48, 1, 6)   // offset, sizes, strides; the last dimension is the row
//
// Tasks take the numbers as scalars: an aggregate among its arguments is no canonical call of a dataflow region.
#pragma once
#include <cstdint>

namespace hls_lib {

template <int RANK>
struct pattern {
  int64_t offset;
  int size[RANK];
  int64_t stride[RANK];

  template <class... N>
  static pattern of(int64_t offset, N... sizes_and_strides) {
#pragma HLS inline
    static_assert(sizeof...(N) == 2 * RANK);
    const int64_t numbers[] = {sizes_and_strides...};
    pattern p;
    p.offset = offset;
    for (int d = 0; d < RANK; ++d) {
#pragma HLS unroll
      p.size[d] = static_cast<int>(numbers[d]);
      p.stride[d] = numbers[RANK + d];
    }
    return p;
  }

  int rows() const {
#pragma HLS inline
    int product = 1;
    for (int d = 0; d < RANK - 1; ++d) product *= size[d];
    return product;
  }
  int cols() const { return size[RANK - 1]; }
};

// Walks the rows of a pattern in row-major order, keeping their address by additions alone.
template <int RANK>
class row_walk {
 public:
  explicit row_walk(const pattern<RANK>& p) : pattern_(p), address_(p.offset) {}

  int64_t address() const { return address_; }

  void next() {
#pragma HLS inline
    bool carry = true;
    for (int d = RANK - 2; d >= 0; --d) {
#pragma HLS unroll
      if (!carry) continue;
      address_ += pattern_.stride[d];
      carry = ++at_[d] == pattern_.size[d];
      if (carry) {
        address_ -= pattern_.size[d] * pattern_.stride[d];
        at_[d] = 0;
      }
    }
  }

 private:
  pattern<RANK> pattern_;
  int at_[RANK] = {};
  int64_t address_;
};

}  // namespace hls_lib
