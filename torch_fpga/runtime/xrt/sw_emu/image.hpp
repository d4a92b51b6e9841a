// What an xclbin's BITSTREAM section holds: the kernels' libraries, and where each finds its arguments.
//
//   torch_fpga image 1
//   kernel search pps 123456        name, a letter an argument (p pointer, s scalar, q queue), bytes of its library
//   unit 65536                      the base address of a compute unit of the kernel above
//   end
//   <the libraries, one after another>
//
// `bitstream.py` writes it.
#pragma once
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace torch_fpga {

struct kernel_image {
  std::string name;
  std::string arguments;
  std::string library;  // an ELF file's bytes
  std::vector<uint64_t> units;
};

// Empty, with `error` set, where the file is not an image.
inline std::vector<kernel_image> read_image(const std::string& path, std::string& error) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  std::vector<kernel_image> kernels;
  std::vector<std::size_t> sizes;
  if (!std::getline(file, line) || line != "torch_fpga image 1") {
    error = "the xclbin was not made by torch_fpga for software emulation";
    return {};
  }
  while (std::getline(file, line) && line != "end") {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "kernel") {
      kernel_image next;
      std::size_t size = 0;
      words >> next.name >> next.arguments >> size;
      kernels.push_back(next);
      sizes.push_back(size);
    } else if (kind == "unit" && !kernels.empty()) {
      uint64_t base = 0;
      words >> base;
      kernels.back().units.push_back(base);
    }
    if (!words) error = "the xclbin's image is damaged: " + line;
  }
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    kernels[i].library.resize(sizes[i]);
    if (!file.read(kernels[i].library.data(), static_cast<std::streamsize>(sizes[i]))) {
      error = "the xclbin's image is cut short";
    }
  }
  return error.empty() ? kernels : std::vector<kernel_image>();
}

}  // namespace torch_fpga
