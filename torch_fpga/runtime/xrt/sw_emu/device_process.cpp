// The emulated card: the process that XRT starts when an xclbin for software emulation is loaded.
//
// XRT's shim connects over a Unix socket and asks for memory, copies and launches (rpc.hpp). Memory lies in memory.hpp,
// kernels run in compute_unit.hpp. This file serves the requests, one after another, until the host closes or is gone.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "compute_unit.hpp"
#include "image.hpp"
#include "memory.hpp"
#include "rpc.hpp"
#include "status.hpp"

namespace torch_fpga {

constexpr uint32_t kStart = 1, kDone = 2, kIdle = 4, kAutoRestart = 128;  // ap_ctrl_hs

class device_process {
 public:
  device_process(int socket, status_page& status)
      : socket_(socket), status_(status), memory_(status.private_memory != 0, status.guard_pages != 0) {}

  void serve() {
    std::string payload;
    char bytes[rpc::kRequestHeader];
    while (!closed_ && receive(bytes, sizeof bytes)) {
      const rpc::request_header header = rpc::parse_header(bytes);
      payload.resize(header.size);
      if (!receive(payload.data(), header.size)) return;
      answer(header.api, payload);
    }
  }

 private:
  // Field numbers are those of XRT's rpc_messages.proto.
  void answer(uint32_t api, std::string_view payload) {
    uint64_t numbers[16] = {};
    std::string_view texts[16];
    for (rpc::reader fields(payload); fields.next();) {
      if (fields.field >= 16) continue;
      numbers[fields.field] = fields.number;
      texts[fields.field] = fields.bytes;
      if (api == rpc::load_bitstream && fields.field == 8) add_bank(fields.bytes);
    }
    rpc::writer reply;
    switch (api) {
      case rpc::close_device:
        closed_ = numbers[3] != 0;
        reset();
        reply.number(1, 1);
        break;
      case rpc::load_bitstream: reply.number(1, load(std::string(texts[2]))); break;
      case rpc::alloc_buffer: allocate(numbers[1], numbers[2], reply); break;
      case rpc::free_buffer:
        memory_.free(numbers[1]);
        reply.number(1, 1);
        break;
      case rpc::copy_to_device:
        memory_.to_device(numbers[3], numbers[5], texts[4]);
        reply.number(1, numbers[5]);
        break;
      case rpc::copy_to_host: {
        // A host that sends no bytes along reads its window; so nothing needs to go back.
        const std::string_view data = memory_.to_host(numbers[4], numbers[5], !texts[3].empty());
        reply.number(1, data.size()).bytes(2, data);
        break;
      }
      case rpc::write_registers:
        write_registers(numbers[2], texts[4]);
        reply.number(1, 1);
        break;
      case rpc::read_registers: {
        const uint32_t word = control(numbers[2]);
        reply.number(1, 1).bytes(2, {reinterpret_cast<const char*>(&word), sizeof word});
        break;
      }
      case rpc::write_register: reply.number(1, 1); break;
      case rpc::read_register: {
        const uint32_t word = control(numbers[1] + numbers[2]);
        reply.number(1, 1).bytes(2, {reinterpret_cast<const char*>(&word), sizeof word});
        break;
      }
      case rpc::setup_instance: reply.number(1, 1); break;
      default: reply.number(1, 0); break;  // not supported, in every message that has an answer
    }
    const std::string frame = rpc::framed_reply(reply.text());
    send(frame.data(), frame.size());
  }

  void add_bank(std::string_view bytes) {
    for (rpc::reader bank(bytes); bank.next();) {
      if (bank.field == 7) capacity_ += bank.number;
    }
  }

  bool load(const std::string& path) {
    std::string error;
    kernels_ = read_image(path, error);
    if (error.empty() && !memory_.base() && !memory_.reserve(capacity_)) error = "no addresses for the card's memory";
    for (const kernel_image& kernel : kernels_) {
      for (const uint64_t base : kernel.units) {
        if (!error.empty() || units_.size() == kUnits) break;
        units_.push_back(std::make_unique<compute_unit>(kernel, base, status_.units[units_.size()], memory_));
        error = units_.back()->start_worker();
      }
    }
    std::snprintf(status_.load_error, sizeof status_.load_error, "%s", error.c_str());
    return error.empty();
  }

  void reset() {
    units_.clear();
    kernels_.clear();
    memory_.free_all();
    capacity_ = 0;
  }

  void allocate(uint64_t address, uint64_t bytes, rpc::writer& reply) {
    const device_memory::buffer* buffer =
        memory_.base() ? memory_.allocate(address, bytes, status_.over, status_.shared_memory != 0) : nullptr;
    if (buffer) status_.latest_file = buffer->device_file;
    const std::string file = "/proc/" + std::to_string(getpid()) + "/fd/";
    reply.number(1, 1).bytes(2, buffer ? file + std::to_string(buffer->host_file) : std::string(rpc::kNoFile));
  }

  compute_unit* unit_at(uint64_t address) {
    for (const auto& unit : units_) {
      if (unit->base() == address) return unit.get();
    }
    return nullptr;
  }

  // XRT writes all registers of a compute unit at once; the first word starts it.
  void write_registers(uint64_t address, std::string_view data) {
    uint32_t word = 0;
    if (data.size() < sizeof word) return;
    std::memcpy(&word, data.data(), sizeof word);
    compute_unit* unit = unit_at(address);
    if (unit && (word & kStart)) unit->start(data);
  }

  // What a poll of the control register finds: of a kernel that is started once that it goes on by itself.
  uint32_t control(uint64_t address) {
    compute_unit* unit = unit_at(address);
    if (!unit || !unit->running(status_.watchdog_ms)) return kDone | kIdle;
    return unit->persistent() ? kStart | kAutoRestart : kStart;
  }

  bool receive(char* bytes, std::size_t size) {
    while (size > 0) {
      const ssize_t got = ::recv(socket_, bytes, size, MSG_WAITALL);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      bytes += got;
      size -= got;
    }
    return true;
  }

  void send(const char* bytes, std::size_t size) {
    while (size > 0) {
      const ssize_t sent = ::send(socket_, bytes, size, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return;
      bytes += sent;
      size -= sent;
    }
  }

  int socket_;
  status_page& status_;
  device_memory memory_;
  std::vector<kernel_image> kernels_;
  std::vector<std::unique_ptr<compute_unit>> units_;
  uint64_t capacity_ = 0;
  bool closed_ = false;
};

// XRT names the socket, but binds it only after it has started this process.
int connect_to_host(pid_t host) {
  const char* user = std::getenv("USER");
  const char* id = std::getenv("EMULATION_SOCKETID");
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (user) {
    std::snprintf(address.sun_path, sizeof address.sun_path, "/tmp/%s/%s", user, id ? id : "xcl_sock");
  } else {
    std::snprintf(address.sun_path, sizeof address.sun_path, "/tmp/xcl_sock");
  }
  while (getppid() == host) {
    const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return made;
    close(made);
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return -1;
}

}  // namespace torch_fpga

int main() {
  using namespace torch_fpga;
  const pid_t host = getppid();
  // Apart from the terminal's group: Ctrl-C is for the host, which then closes this process. Of the host's files only
  // the standard ones are kept. When the host is gone its socket ends, and so does this process.
  setsid();
  close_range(3, ~0u, 0);
  // Each buffer is a file.
  rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  status_page* status = open_status();
  if (!status) status = unseen_status();
  if (!status) return 1;
  status->device = getpid();
  const int socket = connect_to_host(host);
  if (socket < 0) return 1;
  device_process(socket, *status).serve();
  return 0;
}
