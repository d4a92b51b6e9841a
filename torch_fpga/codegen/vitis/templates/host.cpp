// Runs every kernel of an xclbin once on its golden inputs, through XRT, and compares the results with eager PyTorch.
//
//   host FILE.xclbin [DATA [DEVICE]]     DATA: folder of the golden data, "data"; DEVICE: number of the card, 0
//
// With XCL_EMULATION_MODE=hw_emu (or sw_emu) in the environment the same program runs on Vitis' emulation.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "kernels.hpp"
#include "xrt/xrt_bo.h"
#include "xrt/xrt_device.h"
#include "xrt/xrt_kernel.h"

namespace {

// A buffer of the card in the memory bank that the argument's port reaches, filled with the golden input.
xrt::bo make_buffer(const xrt::device& device, const buffer& wanted, int group) {
  xrt::bo made(device, wanted.bytes, group);
  if (!wanted.file.empty()) {
    const std::vector<char> whole = golden::read(wanted.file);
    std::memcpy(made.map<char*>(), whole.data() + wanted.first_byte, wanted.bytes);
    made.sync(XCL_BO_SYNC_BO_TO_DEVICE);
  }
  return made;
}

void run(const xrt::device& device, const xrt::uuid& xclbin, const kernel& wanted) {
  std::cout << wanted.name << std::endl;
  xrt::kernel loaded(device, xclbin, wanted.name);
  std::vector<xrt::bo> buffers(wanted.buffers.size());
  xrt::run launch(loaded);
  int argument = 0;
  for (const std::size_t number : wanted.pointers) {
    if (!buffers[number]) buffers[number] = make_buffer(device, wanted.buffers[number], loaded.group_id(argument));
    launch.set_arg(argument++, buffers[number]);
  }
  for (const std::int64_t scalar : wanted.scalars) launch.set_arg(argument++, scalar);
  xrt::bo queue;
  if (!wanted.commands.empty()) {
    queue = xrt::bo(device, 8 * wanted.queue_words, xrt::bo::flags::host_only, loaded.group_id(argument));
    std::uint64_t* words = queue.map<std::uint64_t*>();
    std::fill_n(words, wanted.queue_words, 0);
    for (const auto& [place, word] : wanted.commands) words[place] = word;
    queue.sync(XCL_BO_SYNC_BO_TO_DEVICE);
    launch.set_arg(argument++, queue);
  }

  launch.start();
  const ert_cmd_state state = launch.wait();
  if (state != ERT_CMD_STATE_COMPLETED) {
    throw std::runtime_error("the launch of " + wanted.name + " ended in state " + std::to_string(state));
  }
  for (const output& result : wanted.outputs) {
    std::vector<char> whole;
    for (const std::size_t number : result.buffers) {
      buffers[number].sync(XCL_BO_SYNC_BO_FROM_DEVICE);
      const char* part = buffers[number].map<const char*>();
      whole.insert(whole.end(), part, part + wanted.buffers[number].bytes);
    }
    result.compare(whole.data());
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::cerr << "usage: host FILE.xclbin [DATA [DEVICE]]\n";
    return 2;
  }
  try {
    xrt::device device(count > 3 ? std::atoi(arguments[3]) : 0);
    const xrt::uuid xclbin = device.load_xclbin(arguments[1]);
    for (const kernel& each : kernels) {
      golden::folder() = std::string(count > 2 ? arguments[2] : "data") + "/" + each.name;
      run(device, xclbin, each);
    }
  } catch (const std::exception& error) {
    std::cerr << "FAILED: " << error.what() << "\n";
    return 1;
  }
  return golden::result();
}
