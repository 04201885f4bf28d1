// Buffered reading from a connection. One thread. Reads as much as there is with one system call;
// while a request is being handled its head stays where it is, because the parsed fields are views
// into it. Errors: Error{timeout} after a deadline, Error{cancelled} when the connection broke.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/deadline.hpp"

namespace gantry::http {

class InputBuffer {
 public:
  /// Borrows the descriptor, which must be a blocking socket.
  explicit InputBuffer(int fd);

  /// Bytes received and not yet consumed. Valid until the next fill().
  std::string_view unread() const { return {block_.get() + begin_, end_ - begin_}; }
  void consume(size_t size) { begin_ += size; }
  /// Waits for more bytes; false at the end of the stream.
  bool fill(Deadline deadline);
  /// The same without a deadline, for the first bytes of the next request. While a client's
  /// requests come right after one another it looks for the next one for kBriskWait before it
  /// sleeps: to put a thread to sleep and wake it takes longer, and as much of the processor.
  bool fill_next();
  /// Reads past the buffer, which must be empty; 0 at the end of the stream.
  size_t read_directly(char* into, size_t size, Deadline deadline);

  /// Consumes `size` bytes, but keeps them in place until release().
  void keep(size_t size);
  void release();

 private:
  void make_room();

  int fd_;
  bool brisk_ = false;  // the last request came soon after the answer before it
  std::unique_ptr<char[]> block_;
  size_t capacity_;
  size_t floor_ = 0;  // kept bytes at the front of block_
  size_t begin_ = 0, end_ = 0;
  std::unique_ptr<char[]> kept_;  // the former block, when the kept bytes were in the way
};

}  // namespace gantry::http
