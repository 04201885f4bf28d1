// Sends stderr to a temporary file while it lives.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/base/file.hpp"
#include "core/base/unique_fd.hpp"

namespace gantry::test {

class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), saved_(::dup(2)) { ::dup2(::fileno(file_), 2); }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() {
    ::dup2(saved_.get(), 2);
    std::fclose(file_);
  }
  std::string text() {
    ::lseek(::fileno(file_), 0, SEEK_SET);
    std::string written = file::read(::fileno(file_));
    ::lseek(::fileno(file_), 0, SEEK_END);
    return written;
  }

 private:
  std::FILE* file_;
  UniqueFd saved_;
};

}  // namespace gantry::test
