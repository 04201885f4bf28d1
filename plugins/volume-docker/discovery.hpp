// Finds drivers where Docker looks for them: sockets, and files that name an address. Reads the
// directories at each call: a driver may appear at any time. Any thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "endpoint.hpp"

namespace volume_docker {

class Discovery {
 public:
  /// `sockets`: <name>.sock and <name>/<name>.sock; `specs`: the same with .spec and .json, in
  /// order.
  Discovery(std::vector<std::string> sockets, std::vector<std::string> specs)
      : sockets_(std::move(sockets)), specs_(std::move(specs)) {}

  /// nullopt: nothing of this name. Throws sdk::Error{GANTRY_INVALID} for a file that says
  /// nonsense.
  std::optional<Endpoint> find(const std::string& name) const;
  /// All names, whether or not somebody listens.
  std::set<std::string> names() const;

 private:
  std::vector<std::string> sockets_, specs_;
};

/// A driver's name may become part of a path.
bool is_driver_name(const std::string& name);

}  // namespace volume_docker
