// A compute unit of the emulated card: a worker process that runs one kernel, launch after launch.
//
// A process of its own, so that whatever a kernel does (exit, run wild, loop for ever) ends that unit's launch and
// nothing else. It is a fork of the device process: it has the device's memory at the same addresses. Buffers made or
// freed since are told to it before the next launch, when it is sure to listen.
#pragma once
#include <dlfcn.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "image.hpp"
#include "memory.hpp"
#include "status.hpp"

namespace torch_fpga {

using clock = std::chrono::steady_clock;

// Sends bytes, and a file with them if it is not negative.
inline bool send_message(int socket, const void* bytes, std::size_t size, int file = -1) {
  iovec part = {const_cast<void*>(bytes), size};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof file)] = {};
  if (file >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof file);
    std::memcpy(CMSG_DATA(header), &file, sizeof file);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

// Bytes received; 0 when the other side is gone. `file` is the one that came with them, else -1.
inline ssize_t receive_message(int socket, void* bytes, std::size_t size, int& file) {
  iovec part = {bytes, size};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof file)];
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  const cmsghdr* header = got > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  file = -1;
  if (header && header->cmsg_type == SCM_RIGHTS) std::memcpy(&file, CMSG_DATA(header), sizeof file);
  return got;
}

class compute_unit {
 public:
  compute_unit(const kernel_image& kernel, uint64_t base, unit_status& status, device_memory& memory)
      : kernel_(kernel), base_(base), status_(status), memory_(memory) {}
  compute_unit(const compute_unit&) = delete;
  compute_unit& operator=(const compute_unit&) = delete;
  ~compute_unit() { stop(); }

  uint64_t base() const { return base_; }

  // Whether its kernel is started once. Then the host says how long a step may take, and a launch may take for ever.
  bool persistent() const { return kernel_.arguments.find('q') != std::string::npos; }

  // Makes the worker. Its complaint, if it cannot load the kernel; else an empty text.
  std::string start_worker() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return "no sockets left";
    const pid_t device = getpid();
    worker_ = fork();
    if (worker_ < 0) {
      close(ends[0]);
      close(ends[1]);
      return "no processes left";
    }
    if (worker_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != device) _exit(0);
      close(ends[0]);
      work(ends[1]);
    }
    close(ends[1]);
    socket_ = ends[0];
    status_.worker = worker_;
    known_.clear();
    for (const auto& [address, buffer] : memory_.buffers()) known_[address] = {buffer.usable, buffer.generation};
    char complaint[1000] = "";
    int none;
    const ssize_t got = receive_message(socket_, complaint, sizeof complaint - 1, none);
    if (got <= 0) return kernel_.name + ": its library ended the process that loaded it";
    return std::string(complaint, got - 1);
  }

  // Starts a launch with the registers' arguments: 64 bits each, 12 bytes apart, from offset 0x10 on. Behind those of
  // the kernel is the host's number of the launch.
  void start(std::string_view registers) {
    if (worker_ <= 0 || waitpid(worker_, nullptr, WNOHANG) == worker_) {
      worker_ = -1;
      restart();
    }
    tell_buffers();
    command run;
    run.kind = command::run;
    for (std::size_t i = 0; i < kernel_.arguments.size() && i < command::kWords; ++i) {
      const uint64_t word = argument(registers, i);
      const bool pointer = kernel_.arguments[i] != 's';
      run.words[i] = pointer ? reinterpret_cast<uint64_t>(memory_.base() + word) : word;
    }
    run.number = launch_ = argument(registers, kernel_.arguments.size());
    running_ = true;
    status_.running = 1;
    since_ = clock::now();
    if (!send_message(socket_, &run, sizeof run)) end_launch(worker_died, "its process is gone");
  }

  // Whether a launch is under way. Ends one whose worker died or took too long.
  bool running(uint32_t watchdog_ms) {
    if (!running_) return false;
    int how = 0;
    const bool gone = waitpid(worker_, &how, WNOHANG) == worker_;
    if (gone) worker_ = -1;
    if (status_.running.load(std::memory_order_acquire) == 0) {
      running_ = false;
      // What a failed launch left in the kernel's static buffers must not reach the next.
      if (status_.launches[launch_ % kLaunches].status != 0) restart();
    } else if (gone) {
      char text[100];
      if (WIFSIGNALED(how)) {
        std::snprintf(text, sizeof text, "its process was ended by signal %d (%s)", WTERMSIG(how),
                      strsignal(WTERMSIG(how)));
      } else {
        std::snprintf(text, sizeof text, "its process exited with status %d", WEXITSTATUS(how));
      }
      end_launch(worker_died, text);
    } else if (watchdog_ms != 0 && !persistent() && clock::now() - since_ > std::chrono::milliseconds(watchdog_ms)) {
      stop();
      end_launch(timed_out, ("no end after " + std::to_string(watchdog_ms) + " ms; its process was stopped").c_str());
    }
    return running_;
  }

  void stop() {
    if (worker_ > 0) {
      kill(worker_, SIGKILL);
      waitpid(worker_, nullptr, 0);
    }
    if (socket_ >= 0) close(socket_);
    worker_ = socket_ = -1;
  }

 private:
  struct command {
    static constexpr std::size_t kWords = 256;
    enum : uint32_t { run, open_pages, close_pages } kind;
    uint64_t number;  // of a launch; else an address
    uint64_t bytes;
    uint64_t words[kWords];
  };

  using entry = int (*)(const uint64_t* arguments, char* message, long size);

  static uint64_t argument(std::string_view registers, std::size_t i) {
    uint64_t word = 0;
    const std::size_t at = 0x10 + 12 * i;
    if (at + sizeof word <= registers.size()) std::memcpy(&word, registers.data() + at, sizeof word);
    return word;
  }

  void tell_buffers() {
    const auto& buffers = memory_.buffers();
    command change;
    constexpr std::size_t kSize = offsetof(command, words);
    for (auto known = known_.begin(); known != known_.end();) {
      const auto now = buffers.find(known->first);
      if (now != buffers.end() && now->second.generation == known->second.second) {
        ++known;
        continue;
      }
      change.kind = command::close_pages;
      change.number = known->first;
      change.bytes = known->second.first;
      send_message(socket_, &change, kSize);
      known = known_.erase(known);
    }
    for (const auto& [address, buffer] : buffers) {
      if (known_.count(address)) continue;
      change.kind = command::open_pages;
      change.number = address;
      change.bytes = buffer.usable;
      send_message(socket_, &change, kSize, buffer.device_file);
      known_[address] = {buffer.usable, buffer.generation};
    }
  }

  void end_launch(int32_t status, const char* text) {
    write_outcome(status_, launch_, status, text);
    running_ = false;
    restart();
  }

  void restart() {
    stop();
    start_worker();
  }

  static void write_outcome(unit_status& unit, uint64_t number, int32_t status, const char* text) {
    launch_outcome& outcome = unit.launches[number % kLaunches];
    outcome.status = status;
    std::snprintf(outcome.message, sizeof outcome.message, "%s", text);
    outcome.number.store(number + 1, std::memory_order_release);
    unit.running.store(0, std::memory_order_release);
  }

  // The worker's life. Its complaint goes to the device process as a text with its end; an empty one means ready.
  [[noreturn]] void work(int socket) {
    const entry launch = load(socket);
    char text[sizeof launch_outcome::message];
    for (command next;;) {
      int file;
      if (receive_message(socket, &next, sizeof next, file) <= 0) _exit(0);
      switch (next.kind) {
        case command::run: {
          text[0] = '\0';
          const int status = launch(next.words, text, sizeof text);
          write_outcome(status_, next.number, status, text);
          break;
        }
        case command::open_pages:
          memory_.open_pages(next.number, next.bytes, file);
          close(file);
          break;
        case command::close_pages: memory_.close_pages(next.number, next.bytes); break;
      }
    }
  }

  entry load(int socket) {
    const int file = memfd_create(kernel_.name.c_str(), 0);
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    std::string complaint;
    void* symbol = nullptr;
    if (write(file, kernel_.library.data(), kernel_.library.size()) != static_cast<ssize_t>(kernel_.library.size())) {
      complaint = kernel_.name + ": no memory for its library";
    } else if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      symbol = dlsym(library, (kernel_.name + "_launch").c_str());
      if (!symbol) complaint = kernel_.name + ": its library has no function of that name";
    } else {
      complaint = kernel_.name + ": " + dlerror();
    }
    close(file);
    send_message(socket, complaint.c_str(), complaint.size() + 1);
    if (!symbol) _exit(1);
    return reinterpret_cast<entry>(symbol);
  }

  const kernel_image& kernel_;
  const uint64_t base_;
  unit_status& status_;
  device_memory& memory_;
  pid_t worker_ = -1;
  int socket_ = -1;
  uint64_t launch_ = 0;  // the number of the last one
  bool running_ = false;
  clock::time_point since_;
  std::map<uint64_t, std::pair<uint64_t, uint64_t>> known_;  // address -> usable bytes, generation
};

}  // namespace torch_fpga
