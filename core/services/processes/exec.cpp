#include "core/services/processes/exec.hpp"

#include <csignal>
#include <optional>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/socket.hpp"
#include "core/base/text.hpp"
#include "core/services/networks/legacy_links.hpp"
#include "core/services/processes/exec_process.hpp"
#include "core/services/start/start_failure.hpp"
#include "core/services/world/container_events.hpp"

namespace gantry::services {
namespace {

using domain::Status;
constexpr const char* kDefaultDetachKeys = "\x10\x11";  // ctrl-p, ctrl-q
constexpr std::chrono::seconds kStartPatience{10};      // moby's, for a resize that comes early
constexpr int kNoUserCode = 126;                        // moby's, of an exec that it cannot prepare

/// Running and neither paused nor restarting. `reference`: what the client calls it.
void require_ready(const domain::ContainerRecord& record, const std::string& reference) {
  if (record.state.status == Status::paused)
    throw Error(Errc::conflict,
                "Container " + reference + " is paused, unpause the container before exec");
  if (record.state.status == Status::restarting)
    throw Error(Errc::conflict,
                "Container " + record.id + " is restarting, wait until the container is running");
  require_running(record);
}

/// The command's name, a blank, its arguments: Docker writes the blank even without any.
std::string action(const char* name, const ExecConfig& config) {
  const std::vector<std::string> arguments(config.cmd.begin() + 1, config.cmd.end());
  return std::string(name) + ": " + config.cmd.front() + " " + text::join(arguments, " ");
}

/// The exec's container; an exec whose container is gone is gone as well.
LeasedContainer lease_of(const ContainerWorld& world, const ExecView& exec) {
  try {
    return lease_container(world, exec.config->container_id);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    throw Error(Errc::not_found, "No such exec instance: " + exec.id);
  }
}

/// What the container's links bring, as far as those linked still run.
std::vector<std::string> links_of(const domain::ContainerRecord& record,
                                  const state::ContainerStore& store) {
  try {
    return linked_names(record, store).environment;
  } catch (const Error&) {
    return {};
  }
}

/// Throws Error in Docker's words, to which nothing is added.
ResolvedUser user_of(pluginhost::Runtime& runtime, const domain::ContainerRecord& record,
                     const ExecConfig& config) {
  const auto document = record.host_config.document();
  return look_up_user(runtime, record.id, config.user.empty() ? record.config.user : config.user,
                      document.root()["GroupAdd"].strings());
}

void check_user(pluginhost::Runtime& runtime, const domain::ContainerRecord& record,
                const ExecConfig& config) {
  try {
    user_of(runtime, record, config);
  } catch (const Error& error) {
    throw Error(Errc::invalid, error.what(), error.os_errno());
  }
}

pluginhost::ClientStream stream_of(const ExecConfig& config, bool framed,
                                   ClientConnection& client) {
  pluginhost::ClientStream stream;
  stream.fd = client.fd.get();
  stream.in = config.attach_stdin;
  stream.out = config.attach_stdout;
  stream.err = config.attach_stderr;
  stream.framed = framed;
  stream.read_ahead = std::move(client.read_ahead);
  if (config.tty)
    stream.detach_keys = config.detach_keys.empty() ? kDefaultDetachKeys : config.detach_keys;
  return stream;
}

void tell_failure(int client, bool framed, const std::string& exec_id, const std::string& why) {
  try {
    await_reader(client, kHeadPatience);
    send_all(client, stream_chunk(framed, 1, why + "\r\n"), deadline_after(kHeadPatience));
  } catch (const Error&) {
    log::debug("exec " + exec_id + ": its client left before the error could be told");
  }
}

/// The container's next run may have begun when the process was started: it has no place there.
void end_stray(pluginhost::Runtime& runtime, const std::string& container_id,
               const std::string& exec_id) {
  try {
    runtime.exec_signal(container_id, exec_id, SIGKILL);
  } catch (const Error&) {
    // It went with its own run.
  }
}

}  // namespace

std::string ExecService::create(ExecConfig config) {
  starts_.wait(world_.store.get(config.container_id)->record.id);
  const state::ContainerPtr snapshot = settled_container(world_, config.container_id);
  return create_in(snapshot->record, std::move(config));
}

std::string ExecService::create_in(const domain::ContainerRecord& record, ExecConfig config) {
  if (config.cmd.empty()) throw Error(Errc::invalid, "No exec command specified");
  require_ready(record, config.container_id);
  // Again at the start, as in moby: what it says may have changed.
  if (!config.user.empty() && config.user != record.config.user)
    check_user(world_.runtime, record, config);
  config.container_id = record.id;
  const std::string created = action("exec_create", config);
  const std::string id = world_.execs.add(std::move(config));
  publish_container_event(world_.events, record, created, {{"execID", id}});
  return id;
}

void ExecService::start_begun(LeasedContainer container, const ExecView& exec,
                              const pluginhost::ClientStream* stream, const StartOptions& options) {
  int code = kNoUserCode;
  ScopeGuard failed([&] { world_.execs.start_failed(exec.id, code); });
  const domain::ContainerRecord& record = container.snapshot->record;
  const ExecConfig& config = *exec.config;
  const std::uint32_t rows = options.tty_rows != 0 ? options.tty_rows : config.tty_rows;
  const std::uint32_t columns = options.tty_columns != 0 ? options.tty_columns : config.tty_columns;
  // Before the process: its end must not overtake this.
  publish_container_event(world_.events, record, action("exec_start", config),
                          {{"execID", exec.id}});
  const ResolvedUser user = user_of(world_.runtime, record, config);
  // The container's own processes can stop the new one before it has become its program: nobody who
  // wants to end the container is to wait for that.
  container.lease.release();
  try {
    const int pid = world_.runtime.exec_start(
        record.id, exec.id,
        exec_process(record, config, user, rows, columns, links_of(record, world_.store),
                     world_.settings.defaults.ulimits),
        stream, stream != nullptr && config.attach_stdin);
    failed.dismiss();
    if (!world_.execs.started(exec.id, pid)) end_stray(world_.runtime, record.id, exec.id);
  } catch (const Error& error) {
    code = exec_failure_code(error);
    const std::string_view why = error.what();  // the supervisor begins like runc already
    throw Error(Errc::invalid, std::string("OCI runtime exec failed: ") +
                                   (why.starts_with("exec failed: ") ? "" : "exec failed: ") +
                                   std::string(why) + ": unknown");
  }
}

void ExecService::start_detached(const std::string& exec_id) {
  const ExecView seen = world_.execs.get(exec_id);
  LeasedContainer container = lease_of(world_, seen);
  require_ready(container.snapshot->record, container.snapshot->record.id);
  const ExecView begun = world_.execs.begin_start(exec_id);
  start_begun(std::move(container), begun, nullptr, {});
}

void ExecService::start(const std::string& exec_id, const StartOptions& options,
                        const TakeConnection& take) {
  const ExecView seen = world_.execs.get(exec_id);
  LeasedContainer container = lease_of(world_, seen);
  require_ready(container.snapshot->record, container.snapshot->record.id);
  std::optional<Error> refusal;
  try {
    world_.execs.begin_start(exec_id);
  } catch (const Error& error) {
    refusal = error;
    container.lease.release();  // the client may read slowly
  }
  ScopeGuard failed([&] {
    if (!refusal) world_.execs.start_failed(exec_id, kNoUserCode);
  });
  // Its head is sent now: the client learns of all further errors on its stdout, also that the exec
  // was started before. Compose's watch starts what it has attached to already, and goes on.
  ClientConnection client = take();
  failed.dismiss();
  const pluginhost::ClientStream stream = stream_of(*seen.config, options.framed, client);
  try {
    if (refusal) throw *refusal;
    start_begun(std::move(container), seen, &stream, options);
  } catch (const std::exception& error) {
    tell_failure(client.fd.get(), options.framed, exec_id, error.what());
  }
}

void ExecService::resize(const std::string& exec_id, std::uint32_t rows, std::uint32_t columns) {
  const ExecView exec = world_.execs.wait_started(exec_id, kStartPatience);
  if (const auto container = world_.store.find_id(exec.config->container_id))
    require_running(container->record);
  if (exec.status.phase != ExecPhase::running)
    throw Error(Errc::invalid, "exec process is not started");
  world_.runtime.exec_resize(exec.config->container_id, exec_id, rows, columns);
}

}  // namespace gantry::services
