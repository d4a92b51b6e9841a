// Repairs XRT 2.13's software emulation shim where it is linked: the linker's --wrap sends the calls here that the
// shim's objects make to the outside. `native.py` links it, for the one build of the shim that this was written for.
//
// - Debian's build corrupts its heap: a buffer that grows is moved, and the new place is forgotten.
// - When the device process dies, the shim signals the whole process group, exits, or reads a closed socket for ever.
// - It takes over signal handlers that belong to the host (Python), and waits for whichever child ends first.
// - Each sync sends the buffer through the socket although both sides see the same file.
// - Loading one card unmaps the buffers of every other, and the table they are in has no lock.
// - Launches on a compute unit overtake each other: a later one may find the unit free that an earlier one found busy.
// - It polls at full pace for as long as a unit runs, which a kernel that is started once always does.
//
// When the device is gone, every request is answered here, so that no call of XRT hangs; the host reads in the status
// page (status.hpp) that the answers mean nothing.
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <malloc.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "rpc.hpp"
#include "status.hpp"

using namespace torch_fpga;

namespace {

// One device process, from the host's side.
struct device_link {
  status_page* status = nullptr;
  pid_t process = -1;
  bool lost = false;
  std::string request;        // a header that waits for its payload
  uint32_t api = 0;           // of the last request
  bool spoke_before = false;  // what `spoke` was before the last request
  uint64_t polled = 0;        // the control register that the last request reads, if it reads one
  bool in_payload = false;    // of a reply: its header has been read
  std::string reply;          // what is left of an answer made up here

  device_link() = default;
  device_link(const device_link&) = delete;
  device_link& operator=(const device_link&) = delete;
  ~device_link() {
    if (status) munmap(status, sizeof *status);
  }

  void lose() {
    lost = true;
    if (status) status->link_lost = 1;
  }
};

std::mutex links_mutex;
std::map<const void*, std::shared_ptr<device_link>> links;  // by unix_socket
thread_local std::shared_ptr<device_link> started;          // by this thread, its socket still to come
thread_local std::shared_ptr<device_link> latest;           // this thread's last request went here
thread_local bool in_sync = false;
thread_local bool spoke = false;  // on a socket, since the last sleep
// On a scheduler thread: the compute units found busy in this round of polls, that is, since the last sleep.
thread_local bool in_rounds = false;
thread_local std::set<uint64_t> busy;
// The shim's tables of buffers belong to all cards at once. Held while a card changes them.
std::mutex tables_mutex;
thread_local bool in_load = false;
std::mutex device_objects_mutex;
std::vector<void*>& device_objects = *new std::vector<void*>;  // free ones; XRT still frees some at exit
std::mutex submissions_mutex;
std::condition_variable submitted;
uint64_t submissions = 0;
const pid_t host = getpid();

std::shared_ptr<device_link> link_of(const void* socket) {
  const std::lock_guard<std::mutex> lock(links_mutex);
  std::shared_ptr<device_link>& found = links[socket];
  if (started) found = std::move(started);
  if (!found) found = std::make_shared<device_link>();
  return found;
}

// A child of fork() must not speak on its parent's sockets, nor write into its parent's status pages. No other thread
// is in the table while it is copied.
void before_fork() { links_mutex.lock(); }
void in_parent() { links_mutex.unlock(); }
void in_child() {
  for (auto& [socket, each] : links) {
    each->status = nullptr;
    each->lost = true;
  }
  links_mutex.unlock();
  // At exit XRT would join threads that are not here, which aborts. The last handler to be set is the first to run.
  on_exit(
      [](int status, void*) {
        std::fflush(nullptr);
        _exit(status);
      },
      nullptr);
}

void forget(const std::shared_ptr<device_link>& link) {
  const std::lock_guard<std::mutex> lock(links_mutex);
  for (auto each = links.begin(); each != links.end();) each = each->second == link ? links.erase(each) : ++each;
}

// The buffers that the shim has mapped, and the files that it is about to map, under numbers made up here.
class window_table {
 public:
  static constexpr int kFirst = 1 << 24;

  int add(int file) {
    const std::lock_guard<std::mutex> lock(mutex_);
    files_[kFirst + next_] = file;
    return kFirst + next_++;
  }

  // The file of a number, which is thereby used up.
  int take_file(int number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = files_.find(number);
    if (found == files_.end()) return -1;
    const int file = found->second;
    files_.erase(found);
    return file;
  }

  void add_window(void* window, std::size_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    sizes_[window] = size;
  }

  // The size of a window that is there, which then is not any more; else 0.
  std::size_t take_window(void* window) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = sizes_.find(window);
    if (found == sizes_.end()) return 0;
    const std::size_t size = found->second;
    sizes_.erase(found);
    return size;
  }

 private:
  std::mutex mutex_;
  std::map<int, int> files_;
  std::map<void*, std::size_t> sizes_;
  int next_ = 0;
};

window_table windows;

// The first member of XRT's unix_socket.
int file_of(const void* socket) { return *static_cast<const int*>(socket); }

bool send_all(int file, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(file, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= sent;
  }
  return true;
}

// A request of a sync without the buffer's bytes: the device process sees the file that they lie in.
std::string without_data(uint32_t api, std::string_view payload) {
  const int data_field = api == rpc::copy_to_device ? 4 : 3;
  const int place_field = api == rpc::copy_to_device ? 3 : 4;
  rpc::writer shortened;
  for (rpc::reader fields(payload); fields.next();) {
    if (fields.field == data_field) shortened.bytes(data_field, {});
    if (fields.field == place_field || fields.field == 5) shortened.number(fields.field, fields.number);
  }
  return shortened.text();
}

constexpr unsigned char kBusy = 1, kDoneAndIdle = 2 | 4, kAutoRestart = 128;  // of a control register

std::string register_reply(unsigned char control) {
  const char word[4] = {static_cast<char>(control), 0, 0, 0};
  return rpc::framed_reply(rpc::writer().number(1, 1).bytes(2, {word, sizeof word}).text());
}

// What a device that is gone answers: done, to a poll, so that launches end; to all else "no" or "nothing" (field 1)
// and no bytes (field 2, which some answers must have).
std::string last_reply(const device_link& to) {
  if (to.api == rpc::read_registers) return register_reply(kDoneAndIdle);
  if (to.api == rpc::alloc_buffer) return rpc::framed_reply(rpc::writer().number(1, 1).bytes(2, rpc::kNoFile).text());
  return rpc::framed_reply(rpc::writer().number(1, 0).bytes(2, {}).text());
}

uint64_t polled_register(std::string_view payload) {
  for (rpc::reader fields(payload); fields.next();) {
    if (fields.field == 2) return fields.number;
  }
  return 0;
}

char control_of(std::string_view payload) {
  for (rpc::reader fields(payload); fields.next();) {
    if (fields.field == 2 && !fields.bytes.empty()) return fields.bytes[0];
  }
  return 0;
}

bool runs_by_itself(const device_link& from, std::string_view payload) {
  return from.polled != 0 && (control_of(payload) & kAutoRestart);
}

// A unit that is busy in a round of polls stays so to the end of it. Otherwise a launch that comes later in the
// scheduler's list can find the unit free that the one before it found busy.
void note_if_busy(const device_link& from, std::string_view payload) {
  if (!in_rounds || from.polled == 0) return;
  if (control_of(payload) & kBusy) busy.insert(from.polled);
}

}  // namespace

extern "C" {

// The shim's only heap calls in C are for its message buffers. Made so large at once, they never grow; pages that are
// not touched take no memory.
constexpr std::size_t kMessages = std::size_t(64) << 20;
void* __wrap_malloc(std::size_t size) { return ::malloc(std::max(size, kMessages)); }
void* __wrap_realloc(void* memory, std::size_t size) {
  if (malloc_usable_size(memory) >= size) return memory;
  std::fprintf(stderr, "torch_fpga: a message of %zu bytes to the emulated device is too long\n", size);
  std::abort();
}

// XRT keeps a thread for each address that a device object ever had, so the objects are given the same few again.
constexpr std::size_t kDeviceObject = 128;
void* __wrap__Znwm(std::size_t size) {
  if (size == kDeviceObject) {
    const std::lock_guard<std::mutex> lock(device_objects_mutex);
    if (!device_objects.empty()) {
      void* memory = device_objects.back();
      device_objects.pop_back();
      return memory;
    }
  }
  return ::operator new(size);
}

void __wrap__ZdlPvm(void* memory, std::size_t size) {
  if (memory && size == kDeviceObject) {
    const std::lock_guard<std::mutex> lock(device_objects_mutex);
    device_objects.push_back(memory);
  } else {
    ::operator delete(memory, size);
  }
}

// The host's handlers and the host's processes are the host's.
int __wrap_sigaction(int, const struct sigaction*, struct sigaction*) { return 0; }
int __wrap_kill(pid_t, int) { return 0; }

// The shim calls it to make a private folder readable to all.
int __wrap_system(const char*) { return 0; }

pid_t __wrap_fork() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(before_fork, in_parent, in_child); });
  auto made = std::make_shared<device_link>();
  made->status = open_status();
  const pid_t child = ::fork();
  if (child == 0) return 0;
  made->process = child;
  started = std::move(made);
  return 1;  // also where it failed, since the shim would abort; __wrap_select finds that there is no process
}

// In the child that could not become the device process: without the host's exit handlers.
[[noreturn]] void __wrap_exit(int status) {
  if (getpid() == host) {
    std::fprintf(stderr, "torch_fpga: XRT's software emulation gives up; its message is above\n");
    ::exit(status);
  }
  _exit(status);
}

// Waits for the device process to connect; gives up at once if it dies before, by connecting in its place.
int __wrap_select(int count, fd_set* read, fd_set* write, fd_set* except, timeval* timeout) {
  const fd_set wanted = *read;
  for (;;) {
    timeval slice = {0, 2000};
    *read = wanted;
    const int ready = ::select(count, read, write, except, &slice);
    if (ready < 0 && errno == EINTR) continue;
    if (ready != 0 || !started) return ready;
    if (started->process > 0 && ::waitpid(started->process, nullptr, WNOHANG) == 0) continue;
    started->process = -1;
    started->lose();
    sockaddr_un address = {};
    socklen_t size = sizeof address;
    getsockname(count - 1, reinterpret_cast<sockaddr*>(&address), &size);
    const int stand_in = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = connect(stand_in, reinterpret_cast<sockaddr*>(&address), size) == 0;
    close(stand_in);  // a connection that was made can be accepted all the same
    if (!connected) return -1;
    timeout->tv_sec = 0;
  }
}

// At close the shim waits for any child of the host, for as long as it takes. The device's is meant.
pid_t __wrap_waitpid(pid_t, int* status, int) {
  *status = 0;
  if (!latest) return 0;
  const pid_t process = std::exchange(latest->process, -1);
  forget(latest);
  latest.reset();
  if (process <= 0) return 0;
  for (int tries = 0; tries < 2000; ++tries) {
    if (::waitpid(process, status, WNOHANG) != 0) return process;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ::kill(process, SIGKILL);
  ::waitpid(process, status, 0);
  return process;
}

// The shim's scheduler, a thread a device, polls all the time with usleep(10). While it has something to ask of the
// device it keeps that pace, without the timer slack that makes it 60 us; else it sleeps until the next submission.
int __wrap_usleep(useconds_t microseconds) {
  thread_local const int set = prctl(PR_SET_TIMERSLACK, 1000);
  (void)set;
  in_rounds = true;
  busy.clear();
  thread_local uint64_t seen = 0;
  if (std::exchange(spoke, false)) {
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  } else {
    std::unique_lock<std::mutex> lock(submissions_mutex);
    submitted.wait_for(lock, std::chrono::milliseconds(100), [&] { return submissions != seen; });
    seen = submissions;
  }
  return 0;
}

// std::condition_variable::notify_one(): the shim rouses its scheduler, which does not listen, for a submission and to
// end.
void __wrap__ZNSt18condition_variable10notify_oneEv(void*) {
  {
    const std::lock_guard<std::mutex> lock(submissions_mutex);
    ++submissions;
  }
  submitted.notify_all();
}

// unix_socket::sk_write(const void*, unsigned long): first the header of a request, then its payload.
ssize_t __wrap__ZN11unix_socket8sk_writeEPKvm(void* socket, const void* bytes, std::size_t size) {
  latest = link_of(socket);
  device_link& to = *latest;
  if (to.request.empty()) to.spoke_before = spoke;
  spoke = true;
  if (to.request.empty()) {
    to.request.assign(static_cast<const char*>(bytes), size);
    return static_cast<ssize_t>(size);
  }
  rpc::request_header header = rpc::parse_header(to.request.data());
  std::string_view payload(static_cast<const char*>(bytes), size);
  to.api = header.api;
  to.polled = header.api == rpc::read_registers ? polled_register(payload) : 0;
  if (busy.count(to.polled)) {
    to.reply = register_reply(kBusy);
    to.request.clear();
    return static_cast<ssize_t>(size);
  }
  std::string shortened;
  if (in_sync && (header.api == rpc::copy_to_device || header.api == rpc::copy_to_host)) {
    shortened = without_data(header.api, payload);
    payload = shortened;
    header.size = payload.size();
    rpc::write_header(to.request.data(), header);
  }
  // One send for both where the payload is short, as it is for launches and polls.
  constexpr std::size_t kShort = 8192;
  bool sent = true;
  if (!to.lost && payload.size() <= kShort) {
    to.request.append(payload);
    sent = send_all(file_of(socket), to.request.data(), to.request.size());
  } else if (!to.lost) {
    sent = send_all(file_of(socket), to.request.data(), to.request.size()) &&
           send_all(file_of(socket), payload.data(), payload.size());
  }
  if (!sent) to.lose();
  to.request.clear();
  return static_cast<ssize_t>(size);
}

// unix_socket::sk_read(void*, unsigned long): first the header of a reply, then its payload.
ssize_t __wrap__ZN11unix_socket7sk_readEPvm(void* socket, void* bytes, std::size_t size) {
  latest = link_of(socket);
  device_link& from = *latest;
  char* target = static_cast<char*>(bytes);
  std::size_t done = 0;
  while (!from.lost && from.reply.empty() && done < size) {
    const ssize_t got = recv(file_of(socket), target + done, size - done, MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got > 0) {
      done += got;
    } else {
      from.lose();
    }
  }
  if (done < size) {
    if (from.reply.empty()) from.reply = last_reply(from);
    std::memcpy(target, from.reply.data(), std::min(size, from.reply.size()));
    from.reply.erase(0, size);
  }
  if (std::exchange(from.in_payload, !from.in_payload)) {
    note_if_busy(from, {target, size});
    // A kernel that was started once is no reason to poll at full pace: its end is seen with the next submission.
    if (runs_by_itself(from, {target, size})) spoke = from.spoke_before;
  }
  return static_cast<ssize_t>(size);
}

// CpuemShim::xclSyncBO(unsigned, xclBOSyncDirection, unsigned long, unsigned long)
int sync_buffer(void* shim, unsigned buffer, int direction, std::size_t size,
                std::size_t offset) asm("_ZN12xclcpuemhal29CpuemShim9xclSyncBOEj18xclBOSyncDirectionmm");
int __wrap__ZN12xclcpuemhal29CpuemShim9xclSyncBOEj18xclBOSyncDirectionmm(void* shim, unsigned buffer, int direction,
                                                                         std::size_t size, std::size_t offset) {
  in_sync = true;
  const int result = sync_buffer(shim, buffer, direction, size, offset);
  in_sync = false;
  return result;
}

// CpuemShim::xclAllocBO(unsigned long, int, unsigned), xclMapBO(unsigned, bool), xclLoadXclBin(axlf const*), xclClose()
unsigned allocate(void* shim, std::size_t size, int unused,
                  unsigned flags) asm("_ZN12xclcpuemhal29CpuemShim10xclAllocBOEmij");
unsigned __wrap__ZN12xclcpuemhal29CpuemShim10xclAllocBOEmij(void* shim, std::size_t size, int unused, unsigned flags) {
  const std::lock_guard<std::mutex> lock(tables_mutex);
  return allocate(shim, size, unused, flags);
}

void* map(void* shim, unsigned buffer, bool write) asm("_ZN12xclcpuemhal29CpuemShim8xclMapBOEjb");
void* __wrap__ZN12xclcpuemhal29CpuemShim8xclMapBOEjb(void* shim, unsigned buffer, bool write) {
  const std::lock_guard<std::mutex> lock(tables_mutex);
  return map(shim, buffer, write);
}

int load(void* shim, const void* xclbin) asm("_ZN12xclcpuemhal29CpuemShim13xclLoadXclBinEPK4axlf");
int __wrap__ZN12xclcpuemhal29CpuemShim13xclLoadXclBinEPK4axlf(void* shim, const void* xclbin) {
  const std::lock_guard<std::mutex> lock(tables_mutex);
  in_load = true;
  const int result = load(shim, xclbin);
  in_load = false;
  return result;
}

void close_card(void* shim) asm("_ZN12xclcpuemhal29CpuemShim8xclCloseEv");
void __wrap__ZN12xclcpuemhal29CpuemShim8xclCloseEv(void* shim) {
  const std::lock_guard<std::mutex> lock(tables_mutex);
  close_card(shim);
}

// The shim keeps the file of every buffer open until the device is closed, and unmaps some buffers twice, by which time
// something else may lie there. Here a file is closed once it is mapped, and a window is unmapped once.
int __wrap_open(const char* path, int flags, unsigned mode) {
  const int file = ::open(path, flags | O_CLOEXEC, mode);
  return file < 0 ? file : windows.add(file);
}

int __wrap_close(int file) { return file >= window_table::kFirst ? 0 : ::close(file); }

void* __wrap_mmap(void* address, std::size_t size, int, int flags, int number, off_t offset) {
  const int file = windows.take_file(number);
  void* window = ::mmap(address, size, PROT_READ | PROT_WRITE, flags, file, offset);
  ::close(file);
  if (window == MAP_FAILED) return nullptr;  // which is what the shim looks for
  windows.add_window(window, size);
  return window;
}

int __wrap_munmap(void* address, std::size_t) {
  if (in_load) return 0;  // of buffers of other cards
  const std::size_t size = windows.take_window(address);
  return size ? ::munmap(address, size) : 0;
}

// A buffer's file is as long as the buffer from the start.
int __wrap_ftruncate(int, off_t) { return 0; }

// Closing one device would take protobuf away from the next.
void __wrap__ZN6google8protobuf23ShutdownProtobufLibraryEv() {}

}  // extern "C"
