// All groups of routes. api/operations.cpp has the whole API on one screen.
#pragma once

#include "core/buildkit/service.hpp"
#include "core/http/router.hpp"
#include "core/services/builds/build_prune.hpp"
#include "core/services/builds/image_build.hpp"
#include "core/services/containers/container_commit.hpp"
#include "core/services/engine/container_services.hpp"
#include "core/services/engine/system_info.hpp"
#include "core/services/images/images.hpp"
#include "core/services/images/registry_login.hpp"
#include "core/services/networks/network_membership.hpp"
#include "core/services/networks/networks.hpp"
#include "core/services/volumes/volumes.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::api {

/// What the handlers call; all outlives the router.
struct Backends {
  services::SystemInfo& system;
  state::EventBus& events;
  services::Networks& networks;
  services::NetworkMembership& membership;
  services::Volumes& volumes;
  services::ContainerServices& containers;
  services::Images& images;
  services::ContainerCommit& commit;
  services::ImageBuild& build;
  services::BuildPrune& build_prune;
  services::RegistryLogin& login;
  buildkit::Service& buildkit;
};

/// Every operation gets a route; what this engine lacks answers 501 and names itself.
void add_routes(http::Router& router, const Backends& backends);

}  // namespace gantry::api
