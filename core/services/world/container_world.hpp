// The parts of the engine that the use cases for containers work with: a bundle of references, no
// behaviour. main owns what they refer to and destroys it after the services.
#pragma once

#include "core/images/image_store.hpp"
#include "core/pluginhost/runtime.hpp"
#include "core/services/networks/networks.hpp"
#include "core/services/volumes/volumes.hpp"
#include "core/services/world/container_settings.hpp"
#include "core/services/world/exec_table.hpp"
#include "core/services/world/log_drivers.hpp"
#include "core/services/world/plugin_inbox.hpp"
#include "core/state/container_store.hpp"
#include "core/state/event_bus.hpp"
#include "core/state/journal.hpp"
#include "core/state/leases.hpp"

namespace gantry::services {

struct ContainerWorld {
  const ContainerSettings& settings;
  state::ContainerStore& store;
  state::Leases& leases;
  state::EventBus& events;
  pluginhost::Runtime& runtime;
  Networks& networks;
  Volumes& volumes;
  images::ImageStore& images;
  ExecTable& execs;
  PluginInbox& inbox;
  LogDrivers& log_drivers;
};

}  // namespace gantry::services
