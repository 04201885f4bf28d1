// The host's program `git`, run so that neither a repository nor this host's settings choose what
// else runs: no shell, no prompts, no hooks, no configuration but ours, and no protocols but http,
// https, git and ssh. One thread.
#pragma once

#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/subprocess.hpp"

namespace gantry::services {

class GitProgram {
 public:
  /// `directory`: of the repository. `secret_settings`: configuration that no other process of the
  /// host is to see. `agent`: socket of an SSH agent; empty: none.
  struct Place {
    std::filesystem::path directory;
    std::map<std::string, std::string> secret_settings{};
    std::string agent{};
  };
  GitProgram(Place place, std::stop_token stop)
      : place_(std::move(place)), stop_(std::move(stop)) {}

  /// What it has written, whatever its exit code. Throws Error{unsupported} where there is no git,
  /// Error{cancelled} after a stop: no process is left then.
  SubprocessResult run(const std::vector<std::string>& arguments) const;

 private:
  std::vector<std::string> environment() const;

  const Place place_;
  const std::stop_token stop_;
};

}  // namespace gantry::services
