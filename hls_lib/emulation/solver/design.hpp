// The kernel that is solved, as all its tasks see it.
#pragma once
#include <cstdint>
#include <vector>

#include "fifo.hpp"
#include "interface.hpp"
#include "memory.hpp"
#include "trace.hpp"

namespace hls_lib::emulation::solver {

struct design {
  const trace& log;
  const settings& how;
  std::vector<fifo>& fifos;
  std::vector<channel>& channels;
  const std::vector<operand>& operands;
  std::vector<operand_times>& operand_results;
  const int64_t* pauses;

  // The operand that an address belongs to; -1 for memory on the chip.
  int64_t operand_at(int64_t address) const {
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (address >= operands[i].address && address < operands[i].address + operands[i].bytes) {
        return static_cast<int64_t>(i);
      }
    }
    return -1;
  }
  channel& channel_of(const transfer& moved) const { return channels[operands[moved.number].channel]; }
};

}  // namespace hls_lib::emulation::solver
