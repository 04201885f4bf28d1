#include "core/devices/cdi_spec.hpp"

namespace gantry::devices {
namespace {

template <typename T>
void add(std::vector<T>& list, const std::vector<T>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

}  // namespace

bool Edits::empty() const {
  return env.empty() && nodes.empty() && mounts.empty() && hooks.empty() && gids.empty() &&
         !intel_rdt;
}

void Edits::append(const Edits& other) {
  add(env, other.env);
  add(nodes, other.nodes);
  add(mounts, other.mounts);
  add(hooks, other.hooks);
  add(gids, other.gids);
  if (other.intel_rdt) intel_rdt = other.intel_rdt;
}

}  // namespace gantry::devices
