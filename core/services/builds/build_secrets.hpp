// The files of RUN --mount=type=secret: made for one command, gone with this object. They lie where
// nothing reaches a disk. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/build/run_mount.hpp"

namespace gantry::services {

class BuildSecrets {
 public:
  using Find = std::function<std::optional<std::string>(const std::string& id)>;
  /// `find` may be empty: nobody gives any.
  BuildSecrets(std::filesystem::path directory, Find find)
      : directory_(std::move(directory)), find_(std::move(find)) {}
  ~BuildSecrets();
  BuildSecrets(const BuildSecrets&) = delete;
  BuildSecrets& operator=(const BuildSecrets&) = delete;

  /// The file for one that is mounted; nullopt: it is a variable only, or nobody gave it. Throws
  /// Error{not_found} when it is required.
  std::optional<std::filesystem::path> make(const build::RunMount& mount);
  /// "NAME=value" for those that were made as variables.
  const std::vector<std::string>& variables() const { return variables_; }

 private:
  const std::filesystem::path directory_;
  const Find find_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::string> variables_;
};

}  // namespace gantry::services
