// Containers: from a spec to a supervisor that waits for start.
#include <sys/mount.h>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "base/scope_guard.hpp"
#include "containers/containers.hpp"
#include "containers/runtime_spec.hpp"
#include "containers/spec_facts.hpp"
#include "containers/start_failure.hpp"
#include "protocol/spawn.hpp"
#include "protocol/wire.hpp"

namespace gantry::oci {
namespace {

const char* how_to_open(MountSource::Kind kind) {
  switch (kind) {
    case MountSource::Kind::shared:
      return "shared";
    case MountSource::Kind::image:
      return "image";
    case MountSource::Kind::bind:
      break;
  }
  return "";
}

}  // namespace

void Containers::create(const std::string& id, std::string_view spec,
                        const gantry_container_options& options, const Operation& op) {
  check_container_id(id);
  op.check();
  {
    const std::lock_guard lock(mutex_);
    if (containers_.contains(id))
      throw Error(GANTRY_CONFLICT, "container " + id + " exists in the runtime already");
  }
  const Sandbox sandbox = parts_.network.take_sandbox(id).value_or(Sandbox{});
  const Bundle files = bundle(id);
  files.create();
  ScopeGuard discard([&] {
    try {
      files.remove();
    } catch (const Error&) {
      // Made anew by the next create().
    }
  });

  shim::Client client(ask_shim([&] {
    return shim::spawn({sealed_shim(), files.path(), id, sandbox.netns.get()});
  }));
  // While the supervisor comes up.
  RuntimeSpec completed(spec, "/gantry/" + id,
                        parts_.apparmor.is_enabled() ? AppArmor::kDefaultProfile : "");
  if (!completed.apparmor_profile().empty()) parts_.apparmor.need(completed.apparmor_profile());
  completed.take_mount_sources(files.path(), [this](const std::string& root) {
    return parts_.roots.image_mount_for(root).data;
  });
  if (!completed.mount_sources().empty()) make_directory(files.path() + "/" + shim::kMountsName);
  Container container;
  container.cgroup_path = completed.cgroup_path();
  container.shim_pid = send_create(client, id, completed, options, op);
  if (sandbox.host) completed.use_host_network();
  if (sandbox.netns)
    completed.use_network_namespace("/proc/" + std::to_string(container.shim_pid) + "/fd/" +
                                    std::to_string(shim::kNetnsFd));
  files.write_config(completed.json());
  {
    const std::lock_guard lock(mutex_);
    containers_.emplace(id, std::move(container));
  }
  events_.add(id, client.release());
  discard.dismiss();
}

pid_t Containers::send_create(shim::Client& client, const std::string& id, const RuntimeSpec& spec,
                              const gantry_container_options& options, const Operation& op) {
  const OciRuntimeInfo& runtime = parts_.runtime.get();
  RoomToMount room = parts_.roots.room_to_mount(id);
  const RootStore::Mount mount = parts_.roots.mount_for(id);
  shim::TextListBuffer arguments;
  arguments.add("--root");
  arguments.add(runtime_root());
  shim::TextListBuffer environment;
  environment.add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  // runc runs for some 20 ms: more threads and collecting its garbage only cost time. With few
  // threads it makes some late, when the container's limit holds for them.
  if (!limits_the_runtime(pids_limit(spec.document()))) environment.add("GOMAXPROCS=1");
  environment.add("GOGC=off");
  // runc keeps a container in files only. crun pins device programs as well, and is quick.
  const std::string state = runtime_root() + "/" + id;
  shim::TextListBuffer prepared;
  for (const MountSource& source : spec.mount_sources()) {
    prepared.add(how_to_open(source.kind));
    prepared.add(source.path);
    prepared.add(source.below);
  }
  shim::Create request;
  request.sources = prepared.view();
  request.id = id;
  request.runtime = runtime.path;
  request.runtime_args = arguments.view();
  request.runtime_env = environment.view();
  if (runtime.name == "runc" && !has_hooks(spec.document())) request.runtime_state = state;
  request.mount_type = "overlay";
  request.mount_source = "overlay";
  request.mount_directory = mount.directory;
  request.mount_data = mount.data;
  request.quota_obedience = mount.limited;
  request.tty = options.tty != 0;
  request.open_stdin = options.open_stdin != 0;
  request.stdin_once = options.stdin_once != 0;
  request.tty_rows = options.tty_rows;
  request.tty_columns = options.tty_columns;
  request.log_path = options.log_path;
  request.log_max_bytes = options.log_max_bytes;
  request.log_max_files = options.log_max_files;
  request.cgroup_path = spec.cgroup_path();
  const pid_t shim = ask_shim([&] { return client.create(request, limits(op)).shim_pid; });
  room.end();
  return shim;
}

}  // namespace gantry::oci
