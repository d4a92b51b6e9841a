// The page that the host, the shim and the device process share: what XRT's protocol has no field for.
//
// XRT 2.13 cannot say that a launch failed, nor that the device is gone. The host makes the page (a memfd), names it in
// TORCH_FPGA_SW_EMU_STATUS when it loads an xclbin, and reads it. `status.py` holds the same layout.
#pragma once
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>
#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace torch_fpga {

constexpr uint32_t kStatusVersion = 3;
constexpr int kUnits = 128;    // XRT's limit of compute units
constexpr int kLaunches = 64;  // launches whose outcome is kept, a compute unit

// Beyond those of hls_lib::emulation::status.
enum outcome : int32_t { worker_died = 16, timed_out = 17 };

// Launch n of a compute unit, as the host counts them, writes entry n % kLaunches; `number` is n + 1 and is written
// last.
struct launch_outcome {
  std::atomic<uint64_t> number;
  int32_t status;
  char message[500];
};

struct unit_status {
  std::atomic<uint64_t> running;  // whether a launch is under way
  std::atomic<int32_t> worker;    // its process
  char padding[52];
  launch_outcome launches[kLaunches];
};

struct status_page {
  uint32_t version;
  std::atomic<int32_t> device;        // the device process
  std::atomic<uint32_t> link_lost;    // set by the shim: the device process does not answer any more
  std::atomic<uint32_t> watchdog_ms;  // set by the host: how long a launch may take; 0: for ever
  uint32_t private_memory;            // set by the host: a buffer and the host's window are apart until synced
  uint32_t guard_pages;               // set by the host: a buffer's last page is there to catch what runs past it
  std::atomic<int32_t> latest_file;   // set by the device process: its descriptor of the memory of the latest buffer
  uint32_t shared_memory;             // set by the host: the next buffer is one memory for host and kernels
  char over[96];                      // set by the host: the file that the next buffer lies over; empty: one of its own
  char load_error[896];
  unit_status units[kUnits];
};

static_assert(sizeof(launch_outcome) == 512 && sizeof(unit_status) == 64 + 512 * kLaunches);
static_assert(offsetof(status_page, units) == 1024);

inline status_page* map_status(int file, int flags) {
  void* memory = mmap(nullptr, sizeof(status_page), PROT_READ | PROT_WRITE, MAP_SHARED | flags, file, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<status_page*>(memory);
}

// The page that the environment names; null where it names none.
inline status_page* open_status() {
  const char* path = std::getenv("TORCH_FPGA_SW_EMU_STATUS");
  const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return nullptr;
  status_page* page = map_status(file, 0);
  close(file);
  return page;
}

// For a host that wants none: the device process and its workers still need one.
inline status_page* unseen_status() { return map_status(-1, MAP_ANONYMOUS); }

}  // namespace torch_fpga
