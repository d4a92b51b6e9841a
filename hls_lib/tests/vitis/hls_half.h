// Stands in for Vitis' header where the synthesis branch is compiled.
#pragma once

class half {
 public:
  half() = default;
  half(float value) : value_(static_cast<_Float16>(value)) {}
  operator float() const { return static_cast<float>(value_); }

 private:
  _Float16 value_;
};
