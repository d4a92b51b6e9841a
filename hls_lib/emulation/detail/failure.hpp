// How a kernel fails in emulation: an exception with a status, which `guarded` turns into a code and a message.
#pragma once
#include <cstdarg>
#include <cstdio>
#include <exception>

namespace hls_lib::emulation {

enum status : int { ok = 0, deadlock = 1, out_of_range = 2, failed = 3, crashed = 4 };

// The text lies inside, so that throwing needs no heap beyond the exception itself.
class failure : public std::exception {
 public:
  [[gnu::format(printf, 3, 4)]] failure(status code, const char* format, ...) : code_(code) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text_, sizeof text_, format, arguments);
    va_end(arguments);
  }

  status code() const { return code_; }
  const char* what() const noexcept override { return text_; }

 private:
  status code_;
  char text_[2048];
};

}  // namespace hls_lib::emulation
