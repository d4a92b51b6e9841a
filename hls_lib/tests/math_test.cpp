// The scalar functions: accuracy against double, edges, wrapping, and 16-bit floats bit for bit.
#include <limits>

#include "check.hpp"

namespace {

const float kInf = std::numeric_limits<float>::infinity();
const float kNan = std::numeric_limits<float>::quiet_NaN();

// The distance in units in the last place of the exact result.
double ulps(float got, double exact) {
  if (std::isnan(exact)) return std::isnan(got) ? 0 : 1e9;
  const float nearest = static_cast<float>(exact);
  if (got == nearest || std::isinf(nearest)) return got == nearest ? 0 : 1e9;
  const double unit = std::max(std::ldexp(1.0, std::ilogb(exact) - 23), 0x1p-149);
  return std::abs(got - exact) / unit;
}

template <class F, class Exact>
void check_ulps(const char* name, double limit, float low, float high, F f, Exact exact) {
  double worst = 0;
  float where = 0;
  const auto look = [&](float x) {
    const double error = ulps(f(x), exact(static_cast<double>(x)));
    if (error > worst) {
      worst = error;
      where = x;
    }
  };
  for (int i = 0; i <= 400000; ++i) look(low + (high - low) * static_cast<float>(i / 400000.0));
  // Every exponent, for the sizes that even steps leave out.
  for (int e = -149; e < 128; ++e) {
    for (int i = 0; i < 64; ++i) {
      const float x = std::ldexp(1.0f + static_cast<float>(i) / 64, e);
      if (x <= high) look(x);
      if (-x >= low) look(-x);
    }
  }
  for (float x : {0.0f, -0.0f}) look(x);
  check(worst <= limit, std::string(name) + ": " + std::to_string(worst) + " ulp at " + std::to_string(where));
}

void accuracy() {
  const auto logistic = [](double x) { return 1 / (1 + std::exp(-x)); };
  check_ulps("exp", 1, -110, 95, [](float x) { return hls_lib::exp(x); }, [](double x) { return std::exp(x); });
  check_ulps("log", 1, 1e-40f, 3e38f, [](float x) { return hls_lib::log(x); }, [](double x) { return std::log(x); });
  check_ulps("log near 1", 1, 0.5f, 2, [](float x) { return hls_lib::log(x); }, [](double x) { return std::log(x); });
  check_ulps("log1p", 2, -1, 3e38f, [](float x) { return hls_lib::log1p(x); }, [](double x) { return std::log1p(x); });
  check_ulps(
      "log1p near 0", 2, -1, 2, [](float x) { return hls_lib::log1p(x); }, [](double x) { return std::log1p(x); });
  check_ulps("exp2", 1, -140, 130, [](float x) { return hls_lib::exp2(x); }, [](double x) { return std::exp2(x); });
  check_ulps("expm1", 1, -20, 90, [](float x) { return hls_lib::expm1(x); }, [](double x) { return std::expm1(x); });
  check_ulps("log2", 1, 1e-40f, 3e38f, [](float x) { return hls_lib::log2(x); }, [](double x) { return std::log2(x); });
  check_ulps(
      "log10", 2, 1e-40f, 3e38f, [](float x) { return hls_lib::log10(x); }, [](double x) { return std::log10(x); });
  check_ulps("tan", 1, -100, 100, [](float x) { return hls_lib::tan(x); }, [](double x) { return std::tan(x); });
  check_ulps("atan", 1, -3e38f, 3e38f, [](float x) { return hls_lib::atan(x); }, [](double x) { return std::atan(x); });
  check_ulps("tanh", 2, -12, 12, [](float x) { return hls_lib::tanh(x); }, [](double x) { return std::tanh(x); });
  check_ulps("erf", 2, -5, 5, [](float x) { return hls_lib::erf(x); }, [](double x) { return std::erf(x); });
  check_ulps("sigmoid", 2.5, -103, 40, [](float x) { return sigmoid(x); }, logistic);
  check_ulps("silu", 3, -80, 40, [](float x) { return silu(x); }, [&](double x) { return x * logistic(x); });
  check_ulps("sqrt", 0.5, 0, 1e9f, [](float x) { return hls_lib::sqrt(x); }, [](double x) { return std::sqrt(x); });
  check_ulps("rsqrt", 1.5, 1e-9f, 1e9f, [](float x) { return rsqrt(x); }, [](double x) { return 1 / std::sqrt(x); });
  check_ulps("sin", 1, -100, 100, [](float x) { return hls_lib::sin(x); }, [](double x) { return std::sin(x); });
  check_ulps("cos", 1, -100, 100, [](float x) { return hls_lib::cos(x); }, [](double x) { return std::cos(x); });
  for (float x = -6; x < 6; x += 0.001f) {
    const double phi = 0.5 * x * (1 + std::erf(x * std::sqrt(0.5)));
    check(is_close(gelu(x), phi, 5e-7), "gelu");
    const double curve = 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    check(is_close(gelu_tanh(x), curve, 5e-7), "gelu_tanh");
  }
}

void edges() {
  check(hls_lib::exp(kInf) == kInf && hls_lib::exp(-kInf) == 0 && is_nan(hls_lib::exp(kNan)), "exp edges");
  check(hls_lib::exp(88.7f) < kInf && hls_lib::exp(88.73f) == kInf, "exp overflows where it should");
  check(hls_lib::log(0.0f) == -kInf && hls_lib::log(-0.0f) == -kInf, "log of 0");
  check(hls_lib::log(kInf) == kInf && is_nan(hls_lib::log(-1.0f)) && is_nan(hls_lib::log(kNan)), "log edges");
  check(hls_lib::log1p(-1.0f) == -kInf && hls_lib::log1p(kInf) == kInf, "log1p at its ends");
  check(is_nan(hls_lib::log1p(-1.5f)) && is_nan(hls_lib::log1p(kNan)), "log1p of what has no logarithm");
  check(std::signbit(hls_lib::log1p(-0.0f)) && hls_lib::log1p(1e-30f) == 1e-30f, "log1p near 0");
  check(hls_lib::tanh(kInf) == 1 && hls_lib::tanh(-kInf) == -1 && is_nan(hls_lib::tanh(kNan)), "tanh edges");
  check(hls_lib::erf(kInf) == 1 && hls_lib::erf(-kInf) == -1 && is_nan(hls_lib::erf(kNan)), "erf edges");
  check(std::signbit(hls_lib::tanh(-0.0f)) && std::signbit(hls_lib::erf(-0.0f)), "odd functions keep -0");
  check(sigmoid(kInf) == 1 && sigmoid(-kInf) == 0 && is_nan(sigmoid(kNan)), "sigmoid edges");
  check(is_nan(maximum(kNan, 1.0f)) && is_nan(maximum(1.0f, kNan)), "maximum passes NaN");
  check(is_nan(minimum(kNan, 1.0f)) && is_nan(minimum(1.0f, kNan)), "minimum passes NaN");
  check(is_nan(relu(kNan)) && is_nan(clamp(kNan, 0.0f, 1.0f)), "relu and clamp pass NaN");
  check(relu(-1.0f) == 0 && relu(2.0f) == 2 && clamp(5, 1, 3) == 3 && clamp(0, 1, 3) == 1, "relu and clamp");
  check(hls_lib::abs(-0.0f) == 0 && !std::signbit(hls_lib::abs(-0.0f)) && hls_lib::abs(-kInf) == kInf, "abs");
  check(reciprocal(0.0f) == kInf && div(1.0f, -0.0f) == -kInf && is_nan(div(0.0f, 0.0f)), "division by 0");
  check(!eq(kNan, kNan) && ne(kNan, kNan) && !lt(kNan, 0.0f) && !ge(kNan, 0.0f), "comparisons with NaN");
  check(logical_not(0.0f) && !logical_not(kNan) && logical_and(1.0f, -1.0f) && !logical_or(0, 0), "logic");
  check(where(true, 1, 2) == 1 && where(false, 1.0f, kNan) != 1.0f, "where");
  check(hls_lib::pow(2.0f, 10.0f) == 1024 && hls_lib::pow(half_t(3.0f), half_t(2.0f)) == 9.0f, "pow");
}

void rounding() {
  // Unqualified, as generated code calls it: half to even, not away from zero.
  check(round(2.5f) == 2 && round(3.5f) == 4 && round(-0.5f) == 0 && round(7) == 7, "round");
  check(hls_lib::floor(-1.5f) == -2 && hls_lib::ceil(-1.5f) == -1 && hls_lib::trunc(-1.5f) == -1, "floor, ceil, trunc");
  check(div_floor(7, -2) == -4 && div_floor(-7, 2) == -4 && div_floor(6, -2) == -3, "div_floor of integers");
  check(div_trunc(7, -2) == -3 && div_trunc(-7.0f, 2.0f) == -3, "div_trunc");
  check(div_floor(7.0f, -2.0f) == -4 && div_floor(1.0f, 0.1f) == 9, "div_floor of floats");
  check(div_floor(1.0f, 0.0f) == kInf && std::signbit(div_floor(-0.0f, 3.0f)), "div_floor edges");
  check(remainder(7, -2) == -1 && remainder(-7, 2) == 1 && remainder(6, -2) == 0, "remainder of integers");
  check(remainder(-1.5f, 1.0f) == 0.5f && is_nan(remainder(1.0f, 0.0f)), "remainder of floats");
  check(hls_lib::fmod(-7, 2) == -1 && hls_lib::fmod(-1.5f, 1.0f) == -0.5f, "fmod");
  const int32_t least = std::numeric_limits<int32_t>::min();
  check(div_trunc(least, -1) == least && div_floor(least, -1) == least && remainder(least, -1) == 0, "least / -1");
}

void integers() {
  const int32_t most = std::numeric_limits<int32_t>::max();
  const int64_t most64 = std::numeric_limits<int64_t>::max();
  check(add(most, 1) == std::numeric_limits<int32_t>::min(), "add wraps");
  check(add(most64, int64_t(1)) == std::numeric_limits<int64_t>::min(), "add of int64 wraps");
  check(mul(int8_t(100), int8_t(3)) == int8_t(44) && sub(int8_t(-128), int8_t(1)) == 127, "int8 wraps");
  check(mul(most, most) == 1 && neg(std::numeric_limits<int32_t>::min()) == std::numeric_limits<int32_t>::min(),
        "mul, neg");
  check(hls_lib::abs(int8_t(-128)) == int8_t(-128) && hls_lib::abs(int64_t(-3)) == 3, "abs wraps");
  check(add(true, true) && !mul(true, false), "bools add as or, multiply as and");
  check(bitwise_not(true) == false && bitwise_not(int8_t(5)) == -6 && bitwise_xor(6, 3) == 5, "bitwise");
  check(cast<int32_t>(2.9f) == 2 && cast<int32_t>(-2.9f) == -2, "to integers by truncation");
  check(cast<int32_t>(3e9f) == std::numeric_limits<int32_t>::min() && cast<int64_t>(kNan) < 0, "out of range");
  check(cast<int8_t>(300.0f) == 44 && cast<int8_t>(int32_t(300)) == 44, "int8 wraps");
  check(cast<uint8_t>(200.9f) == 200 && cast<uint8_t>(int32_t(-1)) == 255 && cast<int8_t>(uint8_t(200)) == -56,
        "uint8");
  check(cast<bool>(0.5f) && cast<bool>(kNan) && !cast<bool>(-0.0f) && cast<bool>(int64_t(1) << 40), "to bool");
  check(cast<half_t>(int64_t(2049)) == 2048.0f && cast<float>(true) == 1, "to floats");
}

void shifts() {
  check(shift_left(int32_t(3), 2) == 12 && shift_right(int32_t(-9), 1) == -5, "shifts");
  check(shift_left(int8_t(100), int8_t(1)) == int8_t(-56) && shift_left(uint8_t(200), uint8_t(1)) == 144, "bits lost");
  check(shift_left(int32_t(1), 31) == std::numeric_limits<int32_t>::min() && shift_left(1, 32) == 0, "to the sign");
  check(shift_left(5, -1) == 0 && shift_right(5, -1) == 0 && shift_right(-5, -1) == -1, "by a negative number");
  check(shift_right(int64_t(-1), int64_t(64)) == -1 && shift_right(uint8_t(255), uint8_t(8)) == 0, "by the width");
  check(shift_right(uint8_t(0xab), uint8_t(4)) == 0xa, "an unsigned shift brings no sign");
  check(wrapped_index(int64_t(-1), int64_t(5)) == 4 && wrapped_index(int64_t(4), int64_t(5)) == 4, "wrapped_index");
  bool fails = false;
  try {
    wrapped_index(int64_t(5), int64_t(5));
  } catch (const emulation::failure&) {
    fails = true;
  }
  check(fails, "an index out of range fails");
}

void halves() {
  bool same = true;
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    half_t ours;
    ours.bits = static_cast<uint16_t>(bits);
    const auto theirs = bits_as<_Float16>(static_cast<uint16_t>(bits));
    const float wide = static_cast<float>(theirs);
    if (std::isnan(wide)) {
      same &= std::isnan(static_cast<float>(ours)) && is_nan(half_t(static_cast<float>(ours)));
    } else {
      same &= bits_as<uint32_t>(static_cast<float>(ours)) == bits_as<uint32_t>(wide) && half_t(wide).bits == bits;
    }
  }
  check(same, "half_t to float and back");
  std::mt19937 random(1);
  bool rounds = true;
  bool rounds_bfloat = true;
  for (int i = 0; i < 2000000; ++i) {
    // About all exponents, with many ties.
    const uint32_t bits = random() & (i % 2 ? 0xffffffff : 0xfffff000);
    const float x = bits_as<float>(bits);
    if (std::isnan(x)) continue;
    rounds &= half_t(x).bits == bits_as<uint16_t>(static_cast<_Float16>(x));
    const float down = bits_as<float>(bits & 0xffff0000);
    const float up = bits_as<float>((bits & 0xffff0000) + 0x10000);
    const double to_down = std::abs(double(x) - down);
    const double to_up = std::abs(double(up) - x);
    const bool go_down = to_down < to_up || (to_down == to_up && (bits & 0x10000) == 0);
    if (std::isfinite(up)) rounds_bfloat &= bfloat16_t(x).bits == bits_as<uint32_t>(go_down ? down : up) >> 16;
  }
  check(rounds, "half_t rounds to nearest even");
  check(rounds_bfloat, "bfloat16_t rounds to nearest even");
  check(is_nan(bfloat16_t(kNan)) && is_nan(bfloat16_t(bits_as<float>(0x7f800001))), "bfloat16_t keeps NaN");
  check(half_t(65520.0f) == kInf && half_t(65519.0f) == 65504.0f && bfloat16_t(3.4e38f) == kInf, "overflow");
  check(add(half_t(1.0f), half_t(0x1p-12f)) == 1.0f && mul(bfloat16_t(3.0f), bfloat16_t(0.5f)) == 1.5f, "arithmetic");
}

}  // namespace

int main() {
  accuracy();
  edges();
  rounding();
  integers();
  shifts();
  halves();
  return finish();
}
