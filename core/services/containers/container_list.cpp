#include "core/services/containers/container_list.hpp"

#include "core/base/error.hpp"
#include "core/services/containers/container_filter.hpp"

namespace gantry::services {

state::ContainerList ContainerList::run(const ListOptions& options) const {
  const ContainerFilter filter(world_, options);
  const bool all = options.all || options.limit > 0 || filter.implies_all();
  const auto everything = world_.store.list();
  state::ContainerList found;
  for (const state::ContainerPtr& container : *everything) {
    if (!all && !container->record.state.running()) continue;
    if (!filter.matches(container->record)) continue;
    found.push_back(container);
    if (options.limit > 0 && static_cast<std::int64_t>(found.size()) == options.limit) break;
  }
  return found;
}

std::string ContainerList::shown_image(const domain::ContainerRecord& record) const {
  try {
    const images::ImagePtr now = world_.images.find(record.config.image);
    if (now && now->id == record.image_id) return record.config.image;
  } catch (const Error&) {
    // It was a name when the container was made; a record does not become invalid.
  }
  return record.image_id;
}

}  // namespace gantry::services
