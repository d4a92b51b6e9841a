// Where a strict run looks on: declared here, and defined in checks.hpp, which a strict build alone includes.
#pragma once
#include <cstddef>
#include <cstdint>

namespace hls_lib::emulation {

struct channel;

namespace strict {

// The deepest pipelines of hls_lib's tasks have some ninety stages, most have about thirty.
constexpr unsigned kPipeline = 32;

// What a writer's pipeline still holds of a stream: values that it has computed and that are not in the FIFO yet.
struct held {
  unsigned published = 0;
  unsigned iteration[kPipeline] = {};  // of the writer, when it wrote the value of that number
  unsigned last = 0;                   // iteration of the last write
  uint64_t values = 0;                 // a hash of all values, denormals taken for zeros
};
struct nothing {};

// A region starts that no task starts: a phase. Whether it is to have tasks.
bool begin_phase();

// A task starts or ends.
void begin_task();
void end_task();

// A task is about to read, or has put a value behind those that it holds.
void before_read(const channel& from);
void before_write(channel& to);
void after_write(channel& to, const void* value, std::size_t bytes, bool is_float);

// An access to memory, before it is made.
void access(const void* address, std::size_t bytes, bool writes);

// The end of a region, for each stream in the order of its tasks.
void compare(const channel& stream);

// Whether this run is the strict one, and not the plain one before it.
bool is_on();

}  // namespace strict
}  // namespace hls_lib::emulation
