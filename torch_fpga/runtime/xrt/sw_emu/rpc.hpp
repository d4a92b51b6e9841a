// XRT's emulation protocol, as far as it is needed: protobuf messages in frames over a Unix stream socket.
//
// A request is a header of 14 bytes {1: fixed64 size, 2: fixed32 api} and a payload; a reply is a header of 9 bytes
// {1: fixed64 size} and a payload. XRT waits for the reply before it sends the next request. The few messages used here
// hold nothing but varints and byte strings, so they are read and written by hand: no dependence on a protobuf version.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace torch_fpga::rpc {

enum api : uint32_t {
  close_device = 1,
  load_bitstream = 3,
  alloc_buffer = 4,
  free_buffer = 5,
  copy_to_device = 6,
  copy_to_host = 7,
  write_registers = 9,
  read_registers = 11,
  setup_instance = 28,
  write_register = 51,
  read_register = 52,
};

constexpr std::size_t kRequestHeader = 14;
constexpr std::size_t kReplyHeader = 9;
// The name of a refused buffer's file, which cannot be opened. To a plain "no" XRT takes the buffer for one at address
// 0.
constexpr std::string_view kNoFile = "/dev/null/no-memory";
constexpr char kSizeField = 1 << 3 | 1;  // field 1, fixed64
constexpr char kApiField = 2 << 3 | 5;   // field 2, fixed32

struct request_header {
  uint64_t size;
  uint32_t api;
};

inline request_header parse_header(const char* bytes) {
  request_header header;
  std::memcpy(&header.size, bytes + 1, sizeof header.size);
  std::memcpy(&header.api, bytes + 10, sizeof header.api);
  return header;
}

inline void write_header(char* bytes, request_header header) {
  bytes[0] = kSizeField;
  std::memcpy(bytes + 1, &header.size, sizeof header.size);
  bytes[9] = kApiField;
  std::memcpy(bytes + 10, &header.api, sizeof header.api);
}

// Walks over the fields of a message. `next` is false at the end, and at what is not a message.
class reader {
 public:
  explicit reader(std::string_view bytes) : rest_(bytes) {}

  bool next() {
    uint64_t tag;
    if (rest_.empty() || !varint(tag)) return false;
    field = static_cast<int>(tag >> 3);
    switch (tag & 7) {
      case 0: return varint(number);
      case 1: return fixed(8);
      case 2: {
        uint64_t size;
        if (!varint(size) || size > rest_.size()) return false;
        bytes = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return true;
      }
      case 5: return fixed(4);
      default: return false;
    }
  }

  int field = 0;
  uint64_t number = 0;
  std::string_view bytes;

 private:
  bool varint(uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const unsigned char byte = rest_.front();
      rest_.remove_prefix(1);
      value |= uint64_t(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  bool fixed(std::size_t size) {
    if (rest_.size() < size) return false;
    number = 0;
    std::memcpy(&number, rest_.data(), size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

class writer {
 public:
  writer& number(int field, uint64_t value) {
    varint(uint64_t(field) << 3);
    varint(value);
    return *this;
  }
  writer& bytes(int field, std::string_view value) {
    varint(uint64_t(field) << 3 | 2);
    varint(value.size());
    text_.append(value);
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_.push_back(static_cast<char>(value | 0x80));
    text_.push_back(static_cast<char>(value));
  }

  std::string text_;
};

// The reply with its header in front.
inline std::string framed_reply(std::string_view payload) {
  std::string frame(kReplyHeader, '\0');
  const uint64_t size = payload.size();
  frame[0] = kSizeField;
  std::memcpy(frame.data() + 1, &size, sizeof size);
  return frame.append(payload);
}

}  // namespace torch_fpga::rpc
