// A file descriptor that is closed with its owner. One thread at a time.
#pragma once

#include <unistd.h>

namespace volume_local {

class UniqueFd {
 public:
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace volume_local
