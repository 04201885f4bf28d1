// A file with our process id, for as long as this lives. Main thread. Errors: gantry::Error.
#pragma once

#include <filesystem>

namespace gantry::daemon {

class PidFile {
 public:
  /// Empty path: no file.
  explicit PidFile(std::filesystem::path path);
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile();

 private:
  std::filesystem::path path_;
};

}  // namespace gantry::daemon
