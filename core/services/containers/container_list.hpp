// GET /containers/json: which containers, in which order (behaviours.md 6.3, 6.4). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/domain/filter_args.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

struct ListOptions {
  bool all = false;
  std::int64_t limit = 0;     // > 0: at most so many, stopped ones too
  std::string since, before;  // legacy: container references
  domain::FilterArgs filters;
};

class ContainerList {
 public:
  explicit ContainerList(const ContainerWorld& world) : world_(world) {}
  /// Newest first. Throws Error{invalid} for unknown or malformed filters, Error{not_found} for
  /// unknown containers in before and since.
  state::ContainerList run(const ListOptions& options) const;
  /// The name to show for the image: as used at create while it still means that image, else its
  /// id.
  std::string shown_image(const domain::ContainerRecord& record) const;
  pluginhost::Runtime& runtime() const { return world_.runtime; }

 private:
  const ContainerWorld& world_;
};

}  // namespace gantry::services
