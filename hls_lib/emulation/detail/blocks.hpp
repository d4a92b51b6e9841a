// Memory of the streams: blocks in sizes of powers of two, kept for the next launch.
//
// A launch makes its streams anew each time, so blocks must cost no call of malloc. A crash leaves without running
// destructors, so every block handed out is on a list from which `reclaim` takes those back that are newer than a mark.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <new>

namespace hls_lib::emulation {

class blocks {
 public:
  blocks() = default;
  blocks(const blocks&) = delete;
  blocks& operator=(const blocks&) = delete;
  ~blocks() {
    reclaim(nullptr);
    for (header*& list : free_) {
      while (list) std::free(pop(list));
    }
  }

  void* take(std::size_t bytes) {
    int size_class = 0;
    while ((std::size_t(64) << size_class) < bytes) ++size_class;
    header* block = free_[size_class] ? pop(free_[size_class]) : make(size_class);
    block->next = used_;
    block->previous = nullptr;
    if (used_) used_->previous = block;
    used_ = block;
    return block + 1;
  }

  void give(void* memory) {
    header* block = static_cast<header*>(memory) - 1;
    if (block->next) block->next->previous = block->previous;
    (block->previous ? block->previous->next : used_) = block->next;
    push(block);
  }

  const void* mark() const { return used_; }

  void reclaim(const void* mark) {
    while (used_ && used_ != mark) push(pop(used_));
    if (used_) used_->previous = nullptr;
  }

 private:
  // A cache line of its own: what follows stays aligned for the widest vector.
  struct alignas(64) header {
    header* next;
    header* previous;
    int size_class;
  };

  static header* pop(header*& list) {
    header* block = list;
    list = block->next;
    return block;
  }

  void push(header* block) {
    block->next = free_[block->size_class];
    free_[block->size_class] = block;
  }

  static header* make(int size_class) {
    void* memory = std::aligned_alloc(alignof(header), sizeof(header) + (std::size_t(64) << size_class));
    if (!memory) throw std::bad_alloc();
    auto* block = static_cast<header*>(memory);
    block->size_class = size_class;
    return block;
  }

  header* free_[40] = {};
  header* used_ = nullptr;
};

}  // namespace hls_lib::emulation
