// Runs a kernel so that whatever it does wrong comes back as a status and a message, and the process lives on.
//
//   char message[512];
//   int status = hls_lib::emulation::guarded([&] { kernel(a, b); }, message, sizeof message);
//
// Signals are taken over only while this thread is inside `guarded`. At any other time whoever handled them before
// (Python's faulthandler, PyTorch) handles them still.
#pragma once
#include <setjmp.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "failure.hpp"
#include "scheduler.hpp"

namespace hls_lib::emulation {

// Where a crash jumps back to, and what the handler saw.
struct landing {
  sigjmp_buf place;
  const void* mark = nullptr;
  int signal = 0;
  const void* address = nullptr;
};

inline thread_local landing* active_landing = nullptr;

class crash_handlers {
 public:
  static void install() { static crash_handlers once; }

 private:
  static constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

  crash_handlers() {
    struct sigaction action = {};
    action.sa_sigaction = handle;
    // NODEFER: no mask to restore on the way out, which would cost a system call a launch.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (int signal : kSignals) sigaction(signal, &action, &previous(signal));
  }

  static struct sigaction& previous(int signal) {
    static struct sigaction before[NSIG];
    return before[signal];
  }

  static void handle(int signal, siginfo_t* info, void* context) {
    if (landing* target = active_landing) {
      active_landing = nullptr;
      target->signal = signal;
      target->address = info->si_addr;
      siglongjmp(target->place, 1);
    }
    const struct sigaction& before = previous(signal);
    if (before.sa_flags & SA_SIGINFO) {
      before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler == SIG_DFL) {
      ::signal(signal, SIG_DFL);
      raise(signal);
    } else if (before.sa_handler != SIG_IGN) {
      before.sa_handler(signal);
    }
  }
};

// A stack for the handler: the task's own may be what has run out. One that the thread has already is used.
class alternate_stack {
 public:
  static void install() { thread_local alternate_stack mine; }

 private:
  // AVX-512 and AMX state alone takes more than ten kilobytes of a signal frame.
  static constexpr std::size_t kSize = 64 << 10;

  alternate_stack() {
    stack_t present = {};
    sigaltstack(nullptr, &present);
    if (!(present.ss_flags & SS_DISABLE) && present.ss_size >= kSize / 4) return;
    memory_ = new char[kSize];
    stack_t mine = {};
    mine.ss_sp = memory_;
    mine.ss_size = kSize;
    sigaltstack(&mine, nullptr);
  }
  alternate_stack(const alternate_stack&) = delete;
  alternate_stack& operator=(const alternate_stack&) = delete;
  ~alternate_stack() {
    if (!memory_) return;
    stack_t off = {};
    off.ss_flags = SS_DISABLE;
    sigaltstack(&off, nullptr);
    delete[] memory_;
  }

  char* memory_ = nullptr;
};

inline const char* signal_text(int signal) {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV, a wrong address";
    case SIGBUS: return "SIGBUS, a wrong address";
    case SIGFPE: return "SIGFPE, a division by zero";
    case SIGILL: return "SIGILL, an instruction this CPU lacks";
    default: return "SIGABRT, abort() was called";
  }
}

inline void clean_up(const landing& from) {
  active_landing = nullptr;
  scheduler::here().abandon_all();
  scheduler::here().memory().reclaim(from.mark);
}

inline int report_crash(const landing& from, char* message, std::size_t size) {
  const task* running = scheduler::here().current();
  const char* cause = running && running->overflowed(from.address) ? "its stack overflowed" : signal_text(from.signal);
  if (running) {
    std::snprintf(message, size, "task \"%s\" crashed: %s", running->name(), cause);
  } else {
    std::snprintf(message, size, "the kernel crashed outside its tasks: %s", cause);
  }
  clean_up(from);
  return crashed;
}

// Where an index is out of range the task is named, by which the host finds the user's line.
inline int report_failure(const landing& from, const char* text, int code, char* message, std::size_t size) {
  const char* task = scheduler::here().take_failed();
  clean_up(from);
  if (code == out_of_range && task) {
    std::snprintf(message, size, "%s in task \"%s\"", text, task);
  } else {
    std::snprintf(message, size, "%s", text);
  }
  return code;
}

template <class Function>
int guarded(Function&& function, char* message, std::size_t size) noexcept {
  crash_handlers::install();
  alternate_stack::install();
  landing target;
  target.mark = scheduler::here().memory().mark();
  if (sigsetjmp(target.place, 0) != 0) return report_crash(target, message, size);
  active_landing = &target;
  try {
    function();
    active_landing = nullptr;
    return ok;
  } catch (const failure& error) {
    return report_failure(target, error.what(), error.code(), message, size);
  } catch (const std::exception& error) {
    return report_failure(target, error.what(), failed, message, size);
  } catch (...) {
    return report_failure(target, "an exception of an unknown type", failed, message, size);
  }
}

}  // namespace hls_lib::emulation
