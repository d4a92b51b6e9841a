// Runs the tasks of dataflow regions as fibers of the calling thread.
//
// A task runs until it has to wait for a stream; then the next one that can go on runs. A fiber switch costs
// nanoseconds where a thread switch costs microseconds, and one thread makes a run repeatable: which task runs when
// depends on the streams alone. Each thread has a scheduler of its own. If no task can go on, it is a deadlock, and
// every waiting task is named.
#pragma once
#include <sys/mman.h>

#include <atomic>
#include <boost/context/fiber.hpp>
#include <boost/context/preallocated.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <utility>

#include <hls_lib_mode.hpp>

#include "../strict/hooks.hpp"
#include "blocks.hpp"
#include "failure.hpp"

namespace hls_lib::emulation {

// With exact depths a stream holds what the kernel declares and no more: shows whether the declared depths suffice.
// Else short streams are made longer, because the fewer switches, the faster.
inline std::atomic<bool> exact_depths{false};
inline void set_exact_depths(bool exact) { exact_depths.store(exact, std::memory_order_relaxed); }

class task;

namespace log {
class recorder;
}

// The part of a stream that does not depend on its element type. The counters run freely and wrap around.
struct channel : std::conditional_t<mode::kStrict, strict::held, strict::nothing> {
  const char* name;
  unsigned depth;
  unsigned capacity;
  unsigned written = 0;
  unsigned read = 0;
  const task* writer = nullptr;
  const task* reader = nullptr;
  const task* users[2] = {};
  int64_t number = 0;  // in the log

  unsigned fill() const { return arrived(*this) - read; }
  bool empty() const { return fill() == 0; }
  bool full() const { return fill() == capacity; }

 private:
  // A template, because a plain channel has no values that its writer holds back.
  template <class Channel>
  static unsigned arrived(const Channel& c) {
    if constexpr (mode::kStrict) {
      return c.published;
    } else {
      return c.written;
    }
  }
};

// Tasks that are waited for together: one dataflow region.
struct group {
  int unfinished = 0;
};

// A stack with a guard below, and the fiber that lives on it. The fiber runs one job after another, so a task costs no
// new fiber.
class task {
 public:
  // Row buffers of tasks lie on the stack, as large as their template parameters say. What is not touched costs
  // address space only.
  static constexpr std::size_t kStack = std::size_t(64) << 20;
  // Wider than a page, lest a large frame step over it.
  static constexpr std::size_t kGuard = std::size_t(1) << 20;
  static constexpr std::size_t kClosure = 1024;

  task() {
    void* memory =
        mmap(nullptr, kGuard + kStack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<char*>(memory);
    if (mprotect(base_ + kGuard, kStack, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  }
  task(const task&) = delete;
  task& operator=(const task&) = delete;
  ~task() {
    abandon();
    munmap(base_, kGuard + kStack);
  }

  template <class Job>
  void assign(const char* name, group& owner, Job&& job) {
    using Stored = std::decay_t<Job>;
    static_assert(sizeof(Stored) <= kClosure && std::is_trivially_destructible_v<Stored>);
    new (closure_) Stored(std::forward<Job>(job));
    invoke_ = [](void* closure) { (*static_cast<Stored*>(closure))(); };
    name_ = name;
    owner_ = &owner;
    channel_ = nullptr;
    group_ = nullptr;
    finished_ = false;
  }

  void resume() {
    if (!inside_) start();
    inside_ = std::move(inside_).resume();
  }

  // Called on the fiber: back to the scheduler.
  void suspend() { outside_ = std::move(outside_).resume(); }

  void wait(channel& c, bool to_read) {
    channel_ = &c;
    to_read_ = to_read;
    suspend();
    channel_ = nullptr;
  }

  void wait(group& g) {
    group_ = &g;
    while (g.unfinished > 0) suspend();
    group_ = nullptr;
  }

  bool can_run() const {
    if (channel_) return to_read_ ? !channel_->empty() : !channel_->full();
    return !group_ || group_->unfinished == 0;
  }

  // Forgets the fiber wherever it stands; the next job starts a new one on the same stack. Its frames are not unwound:
  // after a crash they cannot be trusted.
  void abandon() {
    new (static_cast<void*>(&inside_)) boost::context::fiber();
    new (static_cast<void*>(&outside_)) boost::context::fiber();
    error_ = nullptr;
    finished_ = true;
  }

  bool overflowed(const void* address) const { return address >= base_ && address < base_ + kGuard; }

  // Else for its own region, if for anything.
  bool waits_for_stream() const { return channel_; }

  // Says so: task "best" waits to read "scores" (empty, depth 8)
  void describe(message& to) const {
    to.add("task \"%s\" waits to %s \"%s\" (%s, depth %u", name_, to_read_ ? "read" : "write", channel_->name,
           to_read_ ? "empty" : "full", channel_->depth);
    if (channel_->capacity != channel_->depth) to.add(", emulated with %u", channel_->capacity);
    to.add(")");
  }

  const char* name() const { return name_; }
  bool finished() const { return finished_; }
  group& owner() const { return *owner_; }
  std::exception_ptr& error() { return error_; }

  log::recorder* recorder = nullptr;  // where what it does is written, in runs that are logged

 private:
  friend class task_list;
  friend class scheduler;

  // The stack is ours, so Boost has nothing to free.
  struct keep_stack {
    boost::context::stack_context allocate() { return {}; }
    void deallocate(boost::context::stack_context&) {}
  };

  void start() {
    boost::context::stack_context stack;
    stack.sp = base_ + kGuard + kStack;
    stack.size = kStack;
    inside_ = boost::context::fiber(std::allocator_arg, boost::context::preallocated(stack.sp, stack.size, stack),
                                    keep_stack(), [this](boost::context::fiber&& outside) {
                                      outside_ = std::move(outside);
                                      for (;;) {
                                        run();
                                        suspend();
                                      }
                                      return std::move(outside_);
                                    });
  }

  void run() noexcept {
    try {
      invoke_(closure_);
    } catch (...) {
      error_ = std::current_exception();
    }
    finished_ = true;
  }

  char* base_;
  boost::context::fiber inside_;
  boost::context::fiber outside_;
  void (*invoke_)(void*) = nullptr;
  alignas(16) unsigned char closure_[kClosure];
  const char* name_ = "";
  group* owner_ = nullptr;
  channel* channel_ = nullptr;
  group* group_ = nullptr;
  bool to_read_ = false;
  bool finished_ = true;
  std::exception_ptr error_;
  // Its neighbours in the list that it is in, and the task made before it.
  task* before_ = nullptr;
  task* after_ = nullptr;
  task* older_ = nullptr;
};

// Tasks in a row. The links lie in the tasks, so a list takes no memory, and no containers of the standard library,
// which would be half of what is compiled for a small kernel.
class task_list {
 public:
  task* first() const { return first_; }
  task* last() const { return last_; }

  void append(task& t) {
    t.before_ = last_;
    t.after_ = nullptr;
    (last_ ? last_->after_ : first_) = &t;
    last_ = &t;
  }

  void remove(task& t) {
    (t.before_ ? t.before_->after_ : first_) = t.after_;
    (t.after_ ? t.after_->before_ : last_) = t.before_;
  }

 private:
  task* first_ = nullptr;
  task* last_ = nullptr;
};

class scheduler {
 public:
  static scheduler& here() {
    thread_local scheduler mine;
    return mine;
  }

  scheduler() = default;
  scheduler(const scheduler&) = delete;
  scheduler& operator=(const scheduler&) = delete;
  ~scheduler() {
    while (newest_) delete std::exchange(newest_, newest_->older_);
  }

  template <class Job>
  task& add(const char* name, group& owner, Job&& job) {
    task& next = idle();
    next.assign(name, owner, std::forward<Job>(job));
    run(next);
    return next;
  }

  // Runs tasks until all of `g` are through. On a task, that task waits while the scheduler below it goes on.
  void finish(group& g) {
    if (current_) {
      current_->wait(g);
      return;
    }
    while (g.unfinished > 0) {
      if (!run_each_once()) report_deadlock();
    }
  }

  void wait(channel& c, bool to_read) {
    if (!current_) {
      throw failure(deadlock, "deadlock: stream \"%s\" is %s and no task runs that could change it", c.name,
                    to_read ? "empty" : "full");
    }
    const task*& end = to_read ? c.reader : c.writer;
    if (end && end != current_) {
      throw failure(failed, "stream \"%s\" has two %s: tasks \"%s\" and \"%s\"", c.name,
                    to_read ? "readers" : "writers", end->name(), current_->name());
    }
    end = current_;
    current_->wait(c, to_read);
  }

  // Gives up whatever is still running: after a failure. It may have struck in the midst of any list.
  void abandon_all() {
    running_ = idle_ = {};
    for (task* t = newest_; t; t = t->older_) {
      if (!t->finished()) t->abandon();
      idle_.append(*t);
    }
    current_ = nullptr;
  }

  const task* current() const { return current_; }
  // The name of the task that threw last, which nobody asked for yet; else null.
  const char* take_failed() { return std::exchange(failed_, nullptr); }
  blocks& memory() { return memory_; }
  std::size_t tasks_made() const { return made_; }

 private:
  task& idle() {
    if (!idle_.last()) {
      task* made = new task;
      made->older_ = newest_;
      newest_ = made;
      ++made_;
      idle_.append(*made);
    }
    return *idle_.last();
  }

  void run(task& next) {
    idle_.remove(next);
    running_.append(next);
    ++next.owner().unfinished;
  }

  // A task that has run may let the one before it go on, and that one is next: neighbours, as the tasks of a block of
  // rows are, take turns while what they exchange is in the cache.
  bool run_each_once() {
    bool progress = false;
    // A task may start a region of its own, which adds to the list.
    for (task* t = running_.first(); t;) {
      if (!t->can_run()) {
        t = t->after_;
        continue;
      }
      progress = true;
      current_ = t;
      t->resume();
      current_ = nullptr;
      if (t->error()) {
        failed_ = t->name();
        std::rethrow_exception(std::exchange(t->error(), nullptr));
      }
      task* next = t->before_ ? t->before_ : t;
      if (t->finished()) {
        --t->owner().unfinished;
        running_.remove(*t);
        idle_.append(*t);
        if (next == t) next = running_.first();
      }
      t = next;
    }
    return progress;
  }

  [[noreturn]] void report_deadlock() {
    message text;
    const char* before = "deadlock: ";
    for (const task* t = running_.first(); t; t = t->after_) {
      if (!t->waits_for_stream()) continue;
      text.add("%s", std::exchange(before, "; "));
      t->describe(text);
    }
    throw failure(deadlock, "%s", text.c_str());
  }

  task* newest_ = nullptr;  // of all that were made
  std::size_t made_ = 0;
  task_list idle_;
  task_list running_;
  task* current_ = nullptr;
  const char* failed_ = nullptr;
  blocks memory_;
};

}  // namespace hls_lib::emulation
