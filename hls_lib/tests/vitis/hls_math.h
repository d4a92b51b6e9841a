// Stands in for Vitis' header where the synthesis branch is compiled.
#pragma once
#include <cmath>

namespace hls {

using std::ceil;
using std::cos;
using std::erf;
using std::exp;
using std::floor;
using std::fmod;
using std::log;
using std::log1p;
using std::pow;
using std::rint;
using std::sin;
using std::sqrt;
using std::tanh;
using std::trunc;

}  // namespace hls
