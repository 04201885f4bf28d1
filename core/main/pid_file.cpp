#include "core/main/pid_file.hpp"

#include <unistd.h>

#include "core/base/file.hpp"

namespace gantry::daemon {

PidFile::PidFile(std::filesystem::path path) : path_(std::move(path)) {
  if (path_.empty()) return;
  file::make_directories(path_.parent_path(), 0755);
  file::write_atomic(path_, std::to_string(::getpid()) + "\n", 0644);
}

PidFile::~PidFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace gantry::daemon
