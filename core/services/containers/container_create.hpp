// POST /containers/create: everything of a container except its process. Any thread. After a
// failure, or a crash at any point, nothing of it is left (restore finishes what a crash
// interrupted).
#pragma once

#include <string>
#include <vector>

#include "core/domain/container_request.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ContainerCreate {
 public:
  explicit ContainerCreate(const ContainerWorld& world) : world_(world) {}

  struct Created {
    std::string id;
    std::vector<std::string> warnings;
  };
  /// What the parser of requests must know of this engine.
  domain::CreateDefaults defaults() const;
  /// `name` as sent, maybe empty; `platform` of the query, maybe empty.
  Created run(domain::CreateRequest request, const std::string& name, const std::string& platform);

 private:
  state::NameReservation reserve(const std::string& name, const std::string& id);

  const ContainerWorld& world_;
};

}  // namespace gantry::services
