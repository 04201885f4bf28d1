// What is mounted in a container while it runs, for calls that look at its files when it does not
// (sdk/include/gantry/ext/archive.h): its volumes are mounted for the life of this object. Any
// thread.
#pragma once

#include <string>
#include <vector>

#include "core/json/writer.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ViewMounts {
 public:
  ViewMounts(const ContainerWorld& world, const domain::ContainerRecord& record);
  ~ViewMounts();
  ViewMounts(const ViewMounts&) = delete;
  ViewMounts& operator=(const ViewMounts&) = delete;

  /// The member "mounts".
  void write(json::Writer& out) const;

 private:
  struct Mount {
    std::string source, destination;
    bool read_only = false, recursive = true;
    std::string subpath{}, image_root{};
  };

  const ContainerWorld& world_;
  const std::string id_;
  std::vector<Mount> mounts_;
  std::vector<std::string> volumes_;  // mounted by us
};

}  // namespace gantry::services
