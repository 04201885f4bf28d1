// Sockets for a client's SSH agents: made for one command, gone with this object. One thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/services/builds/build_request.hpp"

namespace gantry::services {

class BuildAgents {
 public:
  struct Owner {
    uid_t uid = 0;
    gid_t gid = 0;
    mode_t mode = 0600;
  };
  /// `directory`: where the sockets lie.
  BuildAgents(const BuildRequest& request, std::filesystem::path directory)
      : request_(request), directory_(std::move(directory)) {}
  ~BuildAgents();
  BuildAgents(const BuildAgents&) = delete;
  BuildAgents& operator=(const BuildAgents&) = delete;

  /// The socket. `id` empty: the default one. Throws Error{not_found} when the client has no such
  /// agent.
  std::filesystem::path make(const std::string& id, const Owner& owner);

 private:
  const BuildRequest& request_;
  const std::filesystem::path directory_;
  std::vector<std::filesystem::path> sockets_;
  std::vector<std::unique_ptr<AgentLink>> links_;
};

}  // namespace gantry::services
