// Stands in for Vitis' header where the synthesis branch is compiled.
#pragma once
#include <cmath>

namespace hls {

using std::atan;
using std::ceil;
using std::cos;
using std::erf;
using std::exp;
using std::exp2;
using std::expm1;
using std::floor;
using std::fmod;
using std::log;
using std::log10;
using std::log1p;
using std::log2;
using std::pow;
using std::rint;
using std::sin;
using std::sqrt;
using std::tan;
using std::tanh;
using std::trunc;

}  // namespace hls
