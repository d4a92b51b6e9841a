// Writes the cycle log of a run (format.hpp). Used in the mode `logged` only.
//
// Iterations that do the same and walk through memory in even steps are kept as one run with a count: a loop over a
// matrix takes a few words for each entry, however long.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../detail/failure.hpp"
#include "../detail/scheduler.hpp"
#include "format.hpp"
#include "hooks.hpp"

namespace hls_lib::emulation::log {

// The patterns of a run: each list of operations once.
class pattern_table {
 public:
  int64_t number(const std::vector<operation>& operations) {
    const std::string key(reinterpret_cast<const char*>(operations.data()), operations.size() * sizeof(operation));
    const auto [place, fresh] = numbers_.emplace(key, static_cast<int64_t>(all_.size()));
    if (fresh) all_.push_back(operations);
    return place->second;
  }
  const std::vector<std::vector<operation>>& all() const { return all_; }
  void clear() {
    numbers_.clear();
    all_.clear();
  }

 private:
  std::unordered_map<std::string, int64_t> numbers_;
  std::vector<std::vector<operation>> all_;
};

// The numbers of names, in the order in which they came up.
class name_table {
 public:
  int64_t number(const char* name) {
    const auto [place, fresh] = numbers_.emplace(name, static_cast<int64_t>(all_.size()));
    if (fresh) all_.push_back(place->first);
    return place->second;
  }
  const std::vector<std::string>& all() const { return all_; }
  void clear() {
    numbers_.clear();
    all_.clear();
  }

 private:
  std::unordered_map<std::string, int64_t> numbers_;
  std::vector<std::string> all_;
};

class journal;

// What one task does.
class recorder {
 public:
  recorder(journal& owner, int64_t phase, const char* name) : owner_(owner), phase_(phase), name_(name) {}

  void enter(const char* label);
  void next() {
    if (iterating_) close();
    iterating_ = true;
  }
  void leave() {
    if (iterating_) close();
    iterating_ = looping_ = false;
    flush();
    if (has_room(1)) program_.push_back(kLeave);
  }

  void stream(kind what, int64_t number) {
    now_.push_back({what, number});
    if (!looping_) close();
  }

  // An access that continues the one before it in the same iteration is one with it.
  void memory(kind what, const void* at, int64_t bytes) {
    if (!looping_)
      throw failure(failed, "memory is accessed outside of all pipelined loops, of which no cost is stated");
    const int64_t address = static_cast<int64_t>(reinterpret_cast<intptr_t>(at));
    if (!now_.empty() && now_.back().what == what && address == addresses_.back() + now_.back().subject) {
      now_.back().subject += bytes;
      return;
    }
    now_.push_back({what, bytes});
    addresses_.push_back(address);
  }

  void finish() { flush(); }
  int64_t phase() const { return phase_; }
  const std::string& name() const { return name_; }
  const std::vector<int64_t>& program() const { return program_; }

 private:
  // The iteration, or event, is complete: one more of the present run, or the first of another.
  void close() {
    if (!continues()) {
      flush();
      operations_ = now_;
      first_ = last_ = addresses_;
      stride_.assign(addresses_.size(), 0);
      count_ = 1;
    } else {
      for (std::size_t i = 0; i < addresses_.size(); ++i) stride_[i] = addresses_[i] - last_[i];
      last_ = addresses_;
      ++count_;
    }
    now_.clear();
    addresses_.clear();
  }

  bool continues() const {
    if (count_ == 0 || !(now_ == operations_)) return false;
    for (std::size_t i = 0; count_ > 1 && i < addresses_.size(); ++i) {
      if (addresses_[i] - last_[i] != stride_[i]) return false;
    }
    return true;
  }

  void flush();
  bool has_room(int64_t words);

  journal& owner_;
  int64_t phase_;
  std::string name_;
  std::vector<int64_t> program_;
  bool looping_ = false;
  bool iterating_ = false;
  std::vector<operation> now_;
  std::vector<int64_t> addresses_;
  // The run that is being counted.
  std::vector<operation> operations_;
  std::vector<int64_t> first_, last_, stride_;
  int64_t count_ = 0;
};

// The log of the runs of one thread.
class journal {
 public:
  static journal& here() {
    thread_local journal mine;
    return mine;
  }

  // Forgets the run before. The log of this one is cut off at `most` words.
  void start(int64_t most) {
    most_ = most;
    words_ = phases_ = 0;
    cut_off_ = false;
    streams_.clear();
    labels_.clear();
    patterns_.clear();
    tasks_.clear();
  }

  int64_t add_phase() { return phases_++; }
  int64_t add_stream(const char* name, unsigned depth) {
    streams_.push_back({name, depth});
    return static_cast<int64_t>(streams_.size()) - 1;
  }
  void name_stream(int64_t number, const char* name) { streams_[number].name = name; }
  recorder* add_task(int64_t phase, const char* name) {
    tasks_.push_back(std::make_unique<recorder>(*this, phase, name));
    return tasks_.back().get();
  }
  name_table& labels() { return labels_; }
  pattern_table& patterns() { return patterns_; }

  // Whether there is room for so many words more.
  bool take(int64_t words) {
    words_ += words;
    cut_off_ = cut_off_ || words_ > most_;
    return !cut_off_;
  }

  std::vector<int64_t> written() {
    std::vector<int64_t> out = {kMagic,
                                0,
                                cut_off_,
                                0,
                                static_cast<int64_t>(streams_.size()),
                                static_cast<int64_t>(labels_.all().size()),
                                static_cast<int64_t>(tasks_.size())};
    for (const auto& t : tasks_) t->finish();
    out[3] = static_cast<int64_t>(patterns_.all().size());
    for (const auto& operations : patterns_.all()) {
      out.push_back(static_cast<int64_t>(operations.size()));
      for (const operation& each : operations) out.insert(out.end(), {each.what, each.subject});
    }
    for (const auto& t : tasks_) {
      out.insert(out.end(), {t->phase(), static_cast<int64_t>(t->program().size())});
      out.insert(out.end(), t->program().begin(), t->program().end());
    }
    out[1] = static_cast<int64_t>(out.size());
    return out;
  }

  // A line for each stream (depth, name), each label, and each task (phase, name), with tabs between.
  std::string names() const {
    std::string text;
    for (const auto& each : streams_) text += "stream\t" + std::to_string(each.depth) + "\t" + each.name + "\n";
    for (const std::string& label : labels_.all()) text += "label\t\t" + label + "\n";
    for (const auto& t : tasks_) text += "task\t" + std::to_string(t->phase()) + "\t" + t->name() + "\n";
    return text;
  }

 private:
  struct declared {
    std::string name;
    unsigned depth;
  };

  int64_t most_ = 0;
  int64_t words_ = 0;
  int64_t phases_ = 0;
  bool cut_off_ = false;
  std::vector<declared> streams_;
  name_table labels_;
  pattern_table patterns_;
  std::vector<std::unique_ptr<recorder>> tasks_;
};

inline bool recorder::has_room(int64_t words) { return owner_.take(words); }

inline void recorder::enter(const char* label) {
  if (looping_) throw failure(failed, "loop \"%s\" is inside another pipelined loop", label);
  flush();
  looping_ = true;
  if (has_room(2)) program_.insert(program_.end(), {kEnter, owner_.labels().number(label)});
}

inline void recorder::flush() {
  if (count_ > 0 && has_room(2 + 2 * static_cast<int64_t>(first_.size()))) {
    program_.insert(program_.end(), {owner_.patterns().number(operations_), count_});
    for (std::size_t i = 0; i < first_.size(); ++i) program_.insert(program_.end(), {first_[i], stride_[i]});
  }
  count_ = 0;
}

// Of the task that runs.
inline recorder& current() {
  const task* running = scheduler::here().current();
  if (!running) throw failure(failed, "a stream or memory is used outside of all tasks, where no log is kept");
  return *running->recorder;
}

inline int64_t add_phase() { return journal::here().add_phase(); }
inline recorder* add_task(int64_t phase, const char* name) { return journal::here().add_task(phase, name); }
inline int64_t add_stream(const char* name, unsigned depth) { return journal::here().add_stream(name, depth); }
inline void name_stream(int64_t number, const char* name) { journal::here().name_stream(number, name); }
inline void note_stream(kind what, int64_t number) { current().stream(what, number); }
inline void note_memory(kind what, const void* at, int64_t bytes) { current().memory(what, at, bytes); }

inline loop::loop(const char* label) : recorder_(current()) { recorder_.enter(label); }
inline loop::~loop() { recorder_.leave(); }
inline void loop::next() { recorder_.next(); }

}  // namespace hls_lib::emulation::log
