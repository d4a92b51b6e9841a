// The memory of the emulated card: buffers at the addresses that XRT picks, and nothing between them.
//
// All banks are one reserved range of addresses without access; a buffer opens its pages, so a kernel that runs out of
// its buffers faults. The host maps a buffer's file as its window. With private memory the device has pages of its own,
// and a sync copies between the two: what was not synced is not there, as on a card.
#pragma once
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace torch_fpga {

class device_memory {
 public:
  static constexpr uint64_t kPage = 4096;

  struct buffer {
    uint64_t size = 0;        // of the file, in whole pages
    uint64_t usable = 0;      // without the guard page
    int host_file = -1;       // the host's window
    int device_file = -1;     // what kernels see; the same file where memory is shared
    char* window = nullptr;   // the host's window, mapped here to copy from; only with private memory
    uint64_t generation = 0;  // tells a buffer from an earlier one at its address
  };

  device_memory(bool is_private, bool guarded) : private_(is_private), guarded_(guarded) {}

  bool reserve(uint64_t bytes) {
    void* range = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED) return false;
    base_ = static_cast<char*>(range);
    size_ = bytes;
    return true;
  }

  char* base() const { return base_; }
  const std::map<uint64_t, buffer>& buffers() const { return buffers_; }

  // Over the file `over`, the memory of another card's buffer of the same size, where it names one. Null where the
  // system has no memory for it, or that buffer is gone.
  // With `shared` host and kernels see one memory, whatever that of other buffers is.
  const buffer* allocate(uint64_t address, uint64_t bytes, const char* over, bool shared) {
    buffer b;
    b.size = (bytes + kPage - 1) / kPage * kPage;
    b.usable = guarded_ && b.size > kPage ? b.size - kPage : b.size;
    if (b.size == 0 || address > size_ || b.size > size_ - address) return nullptr;
    b.device_file = *over ? shared_file(over, b.size) : file(b.size);
    const bool apart = private_ && !shared;
    b.host_file = apart ? file(b.size) : b.device_file;
    if (apart && b.host_file >= 0) {
      void* window = mmap(nullptr, b.size, PROT_READ | PROT_WRITE, MAP_SHARED, b.host_file, 0);
      b.window = window == MAP_FAILED ? nullptr : static_cast<char*>(window);
    }
    if (b.host_file < 0 || b.device_file < 0 || (apart && !b.window) || !open_pages(address, b.usable, b.device_file)) {
      release(b);
      return nullptr;
    }
    b.generation = ++generation_;
    return &(buffers_[address] = b);
  }

  void free(uint64_t address) {
    const auto found = buffers_.find(address);
    if (found == buffers_.end()) return;
    close_pages(address, found->second.size);
    release(found->second);
    buffers_.erase(found);
  }

  void free_all() {
    while (!buffers_.empty()) free(buffers_.begin()->first);
  }

  // A sync: `data` where the host sent the bytes themselves, else from its window.
  void to_device(uint64_t address, uint64_t bytes, std::string_view data) {
    const auto [buffer, offset] = find(address, bytes);
    if (!buffer) return;
    if (!data.empty()) {
      std::memcpy(base_ + address, data.data(), std::min<uint64_t>(bytes, data.size()));
    } else if (buffer->window) {
      std::memcpy(base_ + address, buffer->window + offset, bytes);
    }
  }

  // The bytes for a host that asked for them (`by_value`); else they go to its window.
  std::string_view to_host(uint64_t address, uint64_t bytes, bool by_value) {
    const auto [buffer, offset] = find(address, bytes);
    if (!buffer) return {};
    if (by_value) return {base_ + address, bytes};
    if (buffer->window) std::memcpy(buffer->window + offset, base_ + address, bytes);
    return {};
  }

  // What a worker does on hearing of a new buffer or a freed one.
  bool open_pages(uint64_t address, uint64_t bytes, int device_file) {
    return mmap(base_ + address, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, device_file, 0) != MAP_FAILED;
  }
  void close_pages(uint64_t address, uint64_t bytes) {
    mmap(base_ + address, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  }

 private:
  struct place {
    const buffer* found;
    uint64_t offset;
  };

  // The buffer that holds all of the range. What a guard page would hold is padding, and not copied.
  place find(uint64_t address, uint64_t& bytes) const {
    auto after = buffers_.upper_bound(address);
    if (after == buffers_.begin()) return {nullptr, 0};
    const auto& [start, candidate] = *--after;
    const uint64_t offset = address - start;
    if (offset >= candidate.usable) return {nullptr, 0};
    bytes = std::min(bytes, candidate.usable - offset);
    return {&candidate, offset};
  }

  static int file(uint64_t bytes) {
    const int made = memfd_create("torch_fpga buffer", MFD_CLOEXEC);
    if (made >= 0 && ftruncate(made, static_cast<off_t>(bytes)) != 0) {
      close(made);
      return -1;
    }
    return made;
  }

  static int shared_file(const char* path, uint64_t bytes) {
    const int opened = open(path, O_RDWR | O_CLOEXEC);
    struct stat about;
    if (opened >= 0 && (fstat(opened, &about) != 0 || static_cast<uint64_t>(about.st_size) != bytes)) {
      close(opened);
      return -1;
    }
    return opened;
  }

  static void release(const buffer& b) {
    if (b.window) munmap(b.window, b.size);
    if (b.device_file >= 0 && b.device_file != b.host_file) close(b.device_file);
    if (b.host_file >= 0) close(b.host_file);
  }

  char* base_ = nullptr;
  uint64_t size_ = 0;
  bool private_;
  bool guarded_;
  uint64_t generation_ = 0;
  std::map<uint64_t, buffer> buffers_;
};

}  // namespace torch_fpga
