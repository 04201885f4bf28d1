#include "core/api/routes.hpp"

#include "core/api/absent.hpp"
#include "core/api/build.hpp"
#include "core/api/buildkit.hpp"
#include "core/api/commit.hpp"
#include "core/api/containers.hpp"
#include "core/api/events.hpp"
#include "core/api/exec.hpp"
#include "core/api/images.hpp"
#include "core/api/networks.hpp"
#include "core/api/operations.hpp"
#include "core/api/system.hpp"
#include "core/api/system_auth.hpp"
#include "core/api/system_df.hpp"
#include "core/api/volumes.hpp"

namespace gantry::api {

void add_routes(http::Router& router, const Backends& backends) {
  add_system_routes(router, backends.system);
  add_event_routes(router, backends.events);
  add_container_routes(router, backends.containers);
  add_exec_routes(router, backends.containers);
  add_image_routes(router, backends.images);
  add_commit_route(router, backends.commit);
  add_build_routes(router, backends.build, backends.buildkit.posted(), backends.build_prune);
  add_buildkit_routes(router, backends.buildkit);
  add_auth_routes(router, backends.login);
  add_network_routes(router, backends.networks, backends.membership);
  add_volume_routes(router, backends.volumes);
  add_disk_usage_routes(router, backends.containers, backends.images, backends.volumes,
                        backends.build_prune);
  add_absent_routes(router);
  add_unsupported_operations(router);
}

}  // namespace gantry::api
