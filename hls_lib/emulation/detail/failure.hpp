// How a kernel fails in emulation: an exception with a status, which `guarded` turns into a code and a message.
#pragma once
#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <exception>

namespace hls_lib::emulation {

enum status : int { ok = 0, deadlock = 1, out_of_range = 2, failed = 3, crashed = 4 };

// Text in a buffer of its own, cut off where that ends, so that it needs no heap.
class message {
 public:
  message() { text_[0] = 0; }
  [[gnu::format(printf, 2, 3)]] void add(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    add(format, arguments);
    va_end(arguments);
  }
  void add(const char* format, va_list arguments) {
    const int added = std::vsnprintf(text_ + size_, sizeof text_ - size_, format, arguments);
    size_ = std::min(size_ + std::max(added, 0), sizeof text_ - 1);
  }

  const char* c_str() const { return text_; }

 private:
  std::size_t size_ = 0;
  char text_[2048];
};

// The text lies inside, so that throwing needs no heap beyond the exception itself.
class failure : public std::exception {
 public:
  [[gnu::format(printf, 3, 4)]] failure(status code, const char* format, ...) : code_(code) {
    va_list arguments;
    va_start(arguments, format);
    text_.add(format, arguments);
    va_end(arguments);
  }

  status code() const { return code_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  status code_;
  message text_;
};

}  // namespace hls_lib::emulation
