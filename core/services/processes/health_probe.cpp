#include "core/services/processes/health_probe.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/socket.hpp"

namespace gantry::services {
namespace {

/// For the container's lease: a start, stop or copy under way holds it. As dockerd's limit for
/// getting the process started, which does not count towards the check's own.
constexpr std::chrono::seconds kProbeStartPatience{30};

ExecConfig probe_config(const domain::ContainerRecord& record, const domain::HealthCheck& check) {
  ExecConfig config;
  config.container_id = record.id;
  config.cmd = check.command;
  config.attach_stdout = config.attach_stderr = true;
  config.user = record.config.user;
  config.end_with_client = true;
  return config;
}

}  // namespace

std::optional<HealthProbe> start_health_probe(const ContainerWorld& world, ExecService& exec,
                                              const std::string& container_id, UnixNanos started_at,
                                              const domain::HealthCheck& check) {
  HealthProbe probe;
  probe.start = now_nanos();
  try {
    LeasedContainer container;
    container.lease = world.leases.take(container_id, kProbeStartPatience);
    container.snapshot = world.store.find_id(container_id);
    if (!container.snapshot || container.snapshot->record.state.started_at != started_at ||
        container.snapshot->record.state.status != domain::Status::running)
      return std::nullopt;
    const domain::ContainerRecord& record = container.snapshot->record;
    probe.exec_id = exec.create_in(record, probe_config(record, check));
    auto [ours, theirs] = make_socket_pair();
    pluginhost::ClientStream stream;
    stream.fd = theirs.get();
    stream.out = stream.err = true;
    const ExecView begun = world.execs.begin_start(probe.exec_id);
    exec.start_begun(std::move(container), begun, &stream, {});
    probe.output = std::move(ours);
  } catch (const Error& error) {
    probe.failure = {probe.start, now_nanos(), -1, error.what()};
  }
  return probe;
}

}  // namespace gantry::services
