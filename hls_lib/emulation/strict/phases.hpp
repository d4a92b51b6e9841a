// Which phases of a kernel wait for which, as HLS sees it, and the order farthest from the written one.
//
// HLS starts a function when those before it have ended that share a pointer or an array with it which one of the two
// writes. It takes different pointers for different memory (AMD UG1399, m_axi interfaces), and runs functions at the
// same time that share none.
#pragma once
#include "run.hpp"

namespace hls_lib::emulation::strict {

inline bool begin_phase() {
  run& now = run::here();
  if (now.is == run::none) return true;
  ++now.phase;
  now.compared = 0;
  if (now.is == run::strict) return now.phase == now.only;
  now.waits.emplace_back(now.phase + 1);
  now.values.emplace_back();
  return true;
}

// Notes in the plain run who uses a memory.
inline void note(run& now, memory& used, const pointer* through, bool writes) {
  const user here{task_name(), now.phase, through, writes};
  if (std::find(used.users.rbegin(), used.users.rend(), here) == used.users.rend()) used.users.push_back(here);
}

inline void note_on_chip(run& now, const void* address) {
  const auto [last, is_new] = now.last_phase.try_emplace(address, now.phase);
  if (!is_new && last->second != now.phase) now.waits[now.phase][std::exchange(last->second, now.phase)] = true;
}

template <class Function>
void for_each_conflict(const run& now, Function&& function) {
  for (const auto& [number, used] : now.memories) {
    for (const user& first : used.users) {
      for (const user& then : used.users) {
        if (first.phase <= then.phase && (first.writes || then.writes)) function(first, then);
      }
    }
  }
}

inline void find_waits(run& now) {
  for_each_conflict(now, [&](const user& first, const user& then) {
    if (first.phase < then.phase && first.through == then.through) now.waits[then.phase][first.phase] = true;
  });
  // Who waits for a phase waits for all that it waits for.
  for (std::size_t later = 0; later < now.waits.size(); ++later) {
    for (std::size_t between = later; between-- > 0;) {
      if (!now.waits[later][between]) continue;
      for (std::size_t i = 0; i < between; ++i) {
        if (now.waits[between][i]) now.waits[later][i] = true;
      }
    }
  }
}

inline void check_races(const run& now) {
  for_each_conflict(now, [&](const user& first, const user& then) {
    const char* verb = then.writes ? "writes" : "reads";
    if (first.phase < then.phase && !now.waits[then.phase][first.phase]) {
      throw failure(
          failed,
          "task \"%s\" %s through \"%s\" what task \"%s\" has %s through \"%s\": in hardware nothing makes it "
          "wait",
          then.task, verb, then.through->name, first.task, first.writes ? "written" : "read", first.through->name);
    }
    if (first.phase == then.phase && first.task != then.task && first.writes && !then.writes) {
      throw failure(failed, "task \"%s\" reads through \"%s\" what task \"%s\" writes in the same phase", then.task,
                    then.through->name, first.task);
    }
  });
}

// Always the last phase that has nothing left to wait for.
inline std::vector<int> reversed_order(const run& now) {
  std::vector<int> order;
  std::vector<bool> done(now.waits.size());
  const auto is_next = [&](std::size_t phase) {
    if (done[phase]) return false;
    for (std::size_t i = 0; i < phase; ++i) {
      if (now.waits[phase][i] && !done[i]) return false;
    }
    return true;
  };
  while (order.size() < done.size()) {
    std::size_t phase = done.size() - 1;
    while (!is_next(phase)) --phase;
    done[phase] = true;
    order.push_back(static_cast<int>(phase));
  }
  return order;
}

}  // namespace hls_lib::emulation::strict
