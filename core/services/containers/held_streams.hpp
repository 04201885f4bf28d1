// Clients that attached before their container runs (CLI: create, attach, wait, start). Their
// connections are kept here until start hands them to the supervisor, in the order they came; when
// the container goes or the daemon ends they are closed. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::services {

struct HeldStream {
  UniqueFd fd;
  pluginhost::ClientStream stream;  // its fd member is not used
};

class HeldStreams {
 public:
  /// Also lets go of this container's clients that have left meanwhile.
  void hold(const std::string& container_id, HeldStream stream);
  std::vector<HeldStream> take(const std::string& container_id);
  /// Closes them.
  void drop(const std::string& container_id);
  void clear();

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<HeldStream>> held_;
};

}  // namespace gantry::services
