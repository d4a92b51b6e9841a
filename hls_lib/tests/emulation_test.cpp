// The scheduler, the streams and the guard: what goes wrong must be told, and the next launch must work.
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "check.hpp"
#include "launch.hpp"

namespace {

void produce(hls::stream<int>& out, int count) {
  for (int i = 0; i < count; ++i) out.write(i);
}
void pass(hls::stream<int>& in, hls::stream<int>& out, int count) {
  for (int i = 0; i < count; ++i) out.write(in.read() + 1);
}
void sum(hls::stream<int>& in, int64_t* total, int count) {
  for (int i = 0; i < count; ++i) *total += in.read();
}
// Writes all of one stream before the other.
void produce_in_turn(hls::stream<int>& first, hls::stream<int>& second, int count) {
  produce(first, count);
  produce(second, count);
}
void sum_pairs(hls::stream<int>& first, hls::stream<int>& second, int64_t* total, int count) {
  for (int i = 0; i < count; ++i) *total += first.read() + second.read();
}
void read_null(hls::stream<int>& out, const int* from) { out.write(*from); }
void divide(hls::stream<int>& out, const int* by) { out.write(7 / *by); }
void give_up(hls::stream<int>&) { std::abort(); }
void throw_one(hls::stream<int>&) { throw std::runtime_error("thrown by the task"); }
void say_no(hls::stream<int>&) { fail("no such thing"); }
void recurse(hls::stream<int>& out, volatile int* depth) {
  volatile char frame[4096];
  frame[0] = static_cast<char>(*depth);
  *depth = *depth + 1;
  if (*depth > 0) recurse(out, depth);
  out.write(frame[0]);
}

int64_t chain(int count) {
  int64_t total = 0;
  stream<int, 4> a("a");
  stream<int, 4> b("b");
  {
    dataflow region;
    region.task<produce>("produce", a, count);
    region.task<pass>("pass", a, b, count);
    region.task<sum>("sum", b, &total, count);
  }
  return total;
}

void nested(hls::stream<int>& in, hls::stream<int>& out, int count) {
  stream<int, 4> between("between");
  dataflow region;
  region.task<pass>("inner first", in, between, count);
  region.task<pass>("inner second", between, out, count);
}

int64_t chain_with_nested(int count) {
  int64_t total = 0;
  stream<int, 4> a("a");
  stream<int, 4> b("b");
  {
    dataflow region;
    region.task<produce>("produce", a, count);
    region.task<nested>("nested", a, b, count);
    region.task<sum>("sum", b, &total, count);
  }
  return total;
}

void uneven(int count) {
  int64_t total = 0;
  stream<int, 8> first("first");
  stream<int, 8> second("second");
  dataflow region;
  region.task<produce_in_turn>("in turn", first, second, count);
  region.task<sum_pairs>("pairs", first, second, &total, count);
}

template <auto F, class... A>
void run_alone(const char* name, A... arguments) {
  int64_t total = 0;
  stream<int, 4> out("out");
  dataflow region;
  region.task<F>(name, out, arguments...);
  region.task<sum>("sum", out, &total, 1);
}

long resident_kilobytes() {
  std::ifstream file("/proc/self/statm");
  long size = 0, resident = 0;
  file >> size >> resident;
  return resident * 4;
}

int64_t expected(int count) { return int64_t(count) * (count - 1) / 2; }

void works() {
  check_runs("chain", [] { check(chain(10000) == expected(10000) + 10000, "chain"); });
  check_runs("nested", [] { check(chain_with_nested(10000) == expected(10000) + 20000, "nested"); });
  check_runs("empty", [] {});
  check(chain(10) == expected(10) + 10, "outside a guard");
}

void deadlocks() {
  check_fails(emulation::deadlock, "deadlock: task \"sum\" waits to read \"out\" (empty, depth 4", [] {
    int64_t total = 0;
    stream<int, 4> out("out");
    dataflow region;
    region.task<produce>("produce", out, 3);
    region.task<sum>("sum", out, &total, 4);
  });
  // More than the slack that streams have by default.
  check_fails(emulation::deadlock,
              "deadlock: task \"in turn\" waits to write \"first\" (full, depth 8, emulated with 256); task \"pairs\" "
              "waits to read \"second\" (empty, depth 8, emulated with 256)",
              [] { uneven(1000); });
  check_runs("slack hides a depth that is too small", [] { uneven(100); });
  emulation::set_exact_depths(true);
  check_runs("exact depth suffices: the reader holds one more", [] { uneven(9); });
  check_fails(emulation::deadlock,
              "deadlock: task \"in turn\" waits to write \"first\" (full, depth 8); task \"pairs\" waits to read "
              "\"second\" (empty, depth 8)",
              [] { uneven(10); });
  check_runs("chain at exact depths", [] { check(chain(1000) == expected(1000) + 1000, "chain"); });
  emulation::set_exact_depths(false);
  check_fails(emulation::deadlock, "stream \"alone\" is empty", [] {
    stream<int, 4> alone("alone");
    alone.read();
  });
  works();
}

void bad_streams() {
  check_fails(emulation::failed, "stream \"out\" still holds 2 of the 6 elements written to it", [] {
    int64_t total = 0;
    stream<int, 4> out("out");
    dataflow region;
    region.task<produce>("produce", out, 6);
    region.task<sum>("sum", out, &total, 4);
  });
  check_fails(emulation::failed, "stream \"out\" is used by three tasks: \"first\", \"second\" and \"sum\"", [] {
    int64_t total = 0;
    stream<int, 4> out("out");
    dataflow region;
    region.task<produce>("first", out, 6);
    region.task<produce>("second", out, 6);
    region.task<sum>("sum", out, &total, 12);
  });
  check_fails(emulation::failed, "stream \"out\" has two writers: tasks \"first\" and \"second\"", [] {
    stream<int, 4> out("out");
    dataflow region;
    region.task<produce>("first", out, 600);
    region.task<produce>("second", out, 600);
  });
  works();
}

void crashes() {
  const int zero = 0;
  volatile int depth = 0;
  for (int round = 0; round < 3; ++round) {
    check_fails(emulation::crashed, "task \"reads null\" crashed: SIGSEGV",
                [] { run_alone<read_null>("reads null", static_cast<const int*>(nullptr)); });
    check_fails(emulation::crashed, "task \"divides\" crashed: SIGFPE", [&] { run_alone<divide>("divides", &zero); });
    check_fails(emulation::crashed, "task \"aborts\" crashed: SIGABRT", [] { run_alone<give_up>("aborts"); });
    depth = 0;
    check_fails(emulation::crashed, "task \"recurses\" crashed: its stack overflowed",
                [&] { run_alone<recurse>("recurses", &depth); });
    check_fails(emulation::failed, "thrown by the task", [] { run_alone<throw_one>("throws"); });
    check_fails(emulation::failed, "no such thing", [] { run_alone<say_no>("says no"); });
    check_fails(emulation::crashed, "outside its tasks", [] { std::abort(); });
    check_fails(emulation::failed, "unknown type", [] { throw 3; });
    works();
  }
}

void threads() {
  std::vector<std::thread> all;
  int wrong[4] = {};
  for (int t = 0; t < 4; ++t) {
    all.emplace_back([t, &wrong] {
      for (int i = 0; i < 200; ++i) {
        char message[256] = "";
        int64_t total = 0;
        const int count = 100 + t;
        // Every fourth launch of two of the threads crashes; the others must not notice.
        const bool crash = t % 2 == 1 && i % 4 == 0;
        const int status = emulation::guarded(
            [&] {
              if (crash) run_alone<read_null>("reads null", static_cast<const int*>(nullptr));
              total = chain(count);
            },
            message, sizeof message);
        if (crash ? status != emulation::crashed : total != expected(count) + count) ++wrong[t];
      }
    });
  }
  for (auto& thread : all) thread.join();
  for (int t = 0; t < 4; ++t) check(wrong[t] == 0, "thread " + std::to_string(t));
}

void many_launches() {
  char message[256];
  const auto launch = [&](int i) {
    emulation::guarded(
        [i] {
          if (i % 100 == 0) run_alone<read_null>("reads null", static_cast<const int*>(nullptr));
          if (i % 100 == 1) uneven(1000);
          chain_with_nested(20);
        },
        message, sizeof message);
  };
  for (int i = 0; i < 1000; ++i) launch(i);
  const long before = resident_kilobytes();
  const std::size_t tasks = emulation::scheduler::here().tasks_made();
  for (int i = 0; i < 10000; ++i) launch(i);
  check(resident_kilobytes() - before < 512,
        "memory grows by " + std::to_string(resident_kilobytes() - before) + " kB");
  check(emulation::scheduler::here().tasks_made() == tasks, "tasks grow");
}

// A kernel's arguments as 64-bit words, the way its registers hold them.
extern "C" void axpy(const float* x, float* y, int64_t n, int32_t by) {
  for (int64_t i = 0; i < n; ++i) y[i] += static_cast<float>(by) * x[i];
}
extern "C" void pick(const float* x, float* y, int64_t index) { *y = x[checked_index(index, 2, false)]; }

void launches() {
  float x[2] = {1, 2}, y[2] = {10, 20};
  char message[512] = "";
  const uint64_t words[] = {reinterpret_cast<uint64_t>(x), reinterpret_cast<uint64_t>(y), 2, uint64_t(-3)};
  check(emulation::launch(axpy, words, message, sizeof message) == emulation::ok, message);
  check(y[0] == 7 && y[1] == 14, "pointers, a long and a negative int");
  const uint64_t outside[] = {words[0], words[1], 5};
  check(emulation::launch(pick, outside, message, sizeof message) == emulation::out_of_range, "an index out of range");
  check(std::string(message).find("index 5") != std::string::npos, message);
}

// Signals outside a launch go to whoever handled them before.
volatile int handled = 0;
void handle(int) { handled = handled + 1; }

}  // namespace

int main() {
  signal(SIGFPE, handle);
  works();
  deadlocks();
  bad_streams();
  crashes();
  raise(SIGFPE);
  check(handled == 1, "the earlier handler is called");
  threads();
  launches();
  many_launches();
  return finish();
}
