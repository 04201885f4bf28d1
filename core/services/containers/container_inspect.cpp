#include "core/services/containers/container_inspect.hpp"

#include "core/base/error.hpp"
#include "core/domain/security_options.hpp"
#include "core/services/world/container_directory.hpp"
#include "core/services/world/container_lookup.hpp"
#include "core/services/world/joined_container.hpp"

namespace gantry::services {

namespace {

std::string apparmor_profile(const domain::ContainerRecord& record,
                             const std::string& default_profile) {
  if (default_profile.empty()) return {};
  const auto document = record.host_config.document();
  const json::Node hc = document.root();
  const auto security = domain::parse_security_options(hc["SecurityOpt"].strings());
  const std::string profile = domain::effective_apparmor(security, hc["Privileged"].boolean());
  return profile == "default" ? default_profile : profile;
}

}  // namespace

InspectedContainer ContainerInspect::run(const std::string& reference, bool with_size) const {
  starts_.wait(world_.store.get(reference)->record.id);
  InspectedContainer inspected;
  inspected.container = settled_container(world_, reference);
  const domain::ContainerRecord& record = inspected.container->record;
  inspected.exec_ids = world_.execs.running_in(record.id);
  try {
    inspected.graph_driver = world_.runtime.rootfs_describe(record.id);
  } catch (const Error&) {
    // A runtime without this ability, or a root just being removed: inspect goes on without it.
  }
  inspected.host_config =
      domain::with_ulimits(record.host_config, world_.settings.defaults.ulimits);
  inspected.apparmor_profile = apparmor_profile(record, world_.settings.apparmor_profile);
  if (with_size) inspected.usage = container_usage(world_.runtime, record.id);
  if (record.state.started_at == 0) return inspected;
  const ContainerDirectory directory(world_.settings, network_files_owner(world_.store, record));
  inspected.hosts_path = directory.hosts();
  inspected.hostname_path = directory.hostname();
  inspected.resolv_conf_path = directory.resolv_conf();
  return inspected;
}

}  // namespace gantry::services
