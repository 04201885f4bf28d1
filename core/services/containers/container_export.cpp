#include "core/services/containers/container_export.hpp"

#include "core/base/error.hpp"
#include "core/services/base/piped_call.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {

state::ContainerPtr ContainerExport::open(const std::string& reference) const {
  state::ContainerPtr container = world_.store.get(reference);
  if (container->record.removing || container->record.state.dead)
    throw Error(Errc::conflict,
                "You cannot export container " + container->record.id + " which is being removed");
  return container;
}

void ContainerExport::run(const state::ContainerPtr& container,
                          const std::function<bool(std::string_view)>& sink) {
  const ContainerUses::Use use(uses_, container->record.id);
  const auto call = [&](int fd, const pluginhost::Op& op) {
    world_.runtime.export_root(container->record.id, fd, op);
  };
  if (read_from(call, sink)) publish_container_event(world_.events, container->record, "export");
}

}  // namespace gantry::services
