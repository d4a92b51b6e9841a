// What a loop moves to and from device memory while it is entered once.
#pragma once
#include <cstdint>
#include <vector>

#include "design.hpp"

namespace hls_lib::emulation::solver {

class transfers {
 public:
  explicit transfers(const design& all) : all_(all) {}

  void clear() { each_.clear(); }
  std::vector<transfer>::iterator begin() { return each_.begin(); }
  std::vector<transfer>::iterator end() { return each_.end(); }

  // The one between the loop and an operand.
  transfer& make(int64_t operand, bool store, int64_t beat, int64_t outstanding) {
    for (transfer& each : each_) {
      if (each.number == operand && each.stores == store) return each;
    }
    return each_.emplace_back(operand, all_.operands[operand], store, beat, outstanding);
  }
  // Null for memory on the chip.
  transfer* find(int64_t address, bool store) {
    for (transfer& each : each_) {
      const operand& o = all_.operands[each.number];
      if (each.stores == store && address >= o.address && address < o.address + o.bytes) return &each;
    }
    return nullptr;
  }

 private:
  const design& all_;
  std::vector<transfer> each_;
};

}  // namespace hls_lib::emulation::solver
