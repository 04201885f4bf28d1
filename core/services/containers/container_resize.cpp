#include "core/services/containers/container_resize.hpp"

#include "core/services/world/container_events.hpp"
#include "core/services/world/container_lookup.hpp"

namespace gantry::services {

void ContainerResize::run(const std::string& reference, std::uint32_t rows, std::uint32_t columns) {
  const state::ContainerPtr snapshot = world_.store.get(reference);
  require_running(snapshot->record);
  world_.runtime.resize(snapshot->record.id, rows, columns);
  publish_container_event(world_.events, snapshot->record, "resize",
                          {{"height", std::to_string(rows)}, {"width", std::to_string(columns)}});
}

}  // namespace gantry::services
