// Owns a descriptor, and what differs between systems about making one.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "conformance/report.hpp"

namespace conformance {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {
    if (fd_ < 0) throw Failure("cannot open a descriptor");
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(); }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

/// Two connected unix stream sockets with CLOEXEC, for two owners.
inline std::array<int, 2> make_socket_pair() {
#ifdef SOCK_CLOEXEC  // before anything can fork
  constexpr int kType = SOCK_STREAM | SOCK_CLOEXEC;
#else
  constexpr int kType = SOCK_STREAM;
#endif
  std::array<int, 2> ends;
  if (::socketpair(AF_UNIX, kType, 0, ends.data()) != 0) throw Failure("no socket pair");
  for (const int fd : ends) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return ends;
}

}  // namespace conformance
