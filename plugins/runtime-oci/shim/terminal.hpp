// Small settings of descriptors: pipes, blocking, the size of a terminal.
#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdint>

#include "../protocol/unique_fd.hpp"

namespace gantry::shim {

inline bool make_pipe(UniqueFd& reader, UniqueFd& writer) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  reader.reset(ends[0]);
  writer.reset(ends[1]);
  return true;
}

inline void set_nonblocking(int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK); }

// 0 by 0 leaves the kernel's default.
inline bool set_terminal_size(int fd, std::uint32_t rows, std::uint32_t columns) {
  if (rows == 0 && columns == 0) return true;
  winsize size{};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return ::ioctl(fd, TIOCSWINSZ, &size) == 0;
}

}  // namespace gantry::shim
