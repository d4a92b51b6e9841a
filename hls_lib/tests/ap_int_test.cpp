// ap_int and ap_uint of the emulation.
#include <ap_int.h>

#include "check.hpp"

int main() {
  ap_uint<12> address = 4097;
  check(address == 1, "assignment wraps");
  address = -1;
  check(address == 4095 && ap_int<12>(address) == -1, "the same bits, signed");
  check(ap_int<4>(8) == -8 && ap_int<1>(1) == -1 && ap_uint<1>(2) == 0, "narrow");
  check(ap_int<8>(100) + ap_int<8>(100) == 200, "arithmetic widens");
  check(ap_int<8>(100) * ap_int<8>(-100) == -10000, "products widen");
  check(ap_uint<8>(1) - ap_uint<8>(2) == -1, "differences are signed");
  ap_int<8> x = 127;
  x += 1;
  check(x == -128, "+= wraps");
  check(x++ == -128 && x == -127 && --x == -128 && (x >>= 3) == -16 && (x <<= 4) == 0, "steps and shifts");
  check(ap_uint<64>(-1) == ~uint64_t(0) && ap_int<64>(-1) == -1, "64 bits");
  check(ap_uint<64>(~uint64_t(0)) > ap_uint<64>(1), "64 bits compare unsigned");
  ap_uint<16> bits = 0xabcd;
  check(bits.range(7, 4) == 0xc && bits(15, 8) == 0xab && bits[0] == 1 && bits[1] == 0, "ranges");
  bits.range(7, 4) = 0x1f;
  check(bits == 0xabfd, "an assigned range keeps its width");
  bits[0] = false;
  bits(15, 8) = bits(7, 0);
  check(bits == 0xfcfc, "bits and ranges are assigned");
  const ap_int<8> constant = -2;
  check(constant[7] && !constant[0] && constant.range(3, 0) == 14 && constant.test(1), "constants are read");
  check(constant.to_int() == -2 && constant.to_double() == -2.0 && constant.length() == 8, "conversions");
  check(ap_int<8>(3.9f) == 3 && ap_uint<4>(ap_int<8>(-1)) == 15, "from floats and other widths");
  check(sizeof(ap_int<8>) == 1 && sizeof(ap_uint<17>) == 4, "no larger than needed");
  return finish();
}
