// Containers: start, and what is done to a running one.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/json.hpp"
#include "containers/containers.hpp"
#include "containers/spec_facts.hpp"
#include "containers/start_failure.hpp"
#include "host/processes.hpp"

namespace gantry::oci {
namespace {

// With a limit of one process, a busy host lets one of a hundred starts fail.
constexpr int kStarts = 5;

// For the words of an error: null when the bundle does not say.
JsonDocument spec_of(const Bundle& bundle) {
  try {
    return parse_object(bundle.config(), "config.json");
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

shim::Attach attach_request(const gantry_stream& stream) {
  shim::Attach request;
  request.streams = stream.streams;
  request.framed = stream.framed != 0;
  request.read_ahead = sdk::view(stream.read_ahead);
  request.detach_keys = stream.detach_keys == nullptr ? "" : stream.detach_keys;
  request.log_offset = stream.log_offset;
  return request;
}

void Containers::attach(const std::string& id, const gantry_stream& stream) {
  ask_running(id, [&](shim::Client& client) { client.attach(attach_request(stream), stream.fd); });
}

shim::Started Containers::start_by(shim::Client& client, const std::string& id,
                                   const Operation& op) {
  for (int starts = 1;; ++starts) {
    try {
      return client.start(limits(op));
    } catch (const shim::ShimError& error) {
      // An errno, a broken connection or a call in the wrong state are the supervisor's; the rest
      // is what the OCI runtime had to say.
      if (error.os_errno() != 0 || error.code() != GANTRY_INTERNAL)
        throw Error(error.code(), error.what(), error.os_errno());
      const JsonDocument spec = spec_of(bundle(id));
      if (starts == kStarts || has_hooks(spec) || !lacked_a_thread(error.what(), pids_limit(spec)))
        throw start_failure(error.what(), program(spec));
    }
  }
}

sdk::Started Containers::start(const std::string& id, const Operation& op) {
  shim::Client client = connect(id);
  const shim::Started started = start_by(client, id, op);
  change(id, [&](Container& container) {
    container.pid = started.pid;
    container.started_at = started.started_at;
    // Its exit may have been reported before this answer was read.
    if (container.status == Container::Status::created)
      container.status = Container::Status::running;
  });
  return {started.pid, started.started_at};
}

void Containers::signal(const std::string& id, int signal, bool all) {
  try {
    ask_running(id, [&](shim::Client& client) { client.signal(signal, all); });
  } catch (const Error& error) {
    // Perhaps somebody has deleted the socket.
    const Container container = get(id);
    if (error.code() != GANTRY_CONFLICT || !signal_process(container, signal)) throw;
    if (signal == SIGKILL) parts_.cgroups.thaw(container.cgroup_path);
  }
}

bool Containers::signal_process(const Container& container, int signal) {
  if (container.status != Container::Status::running) return false;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, container.pid, 0)));
  // Looked at after it is held: the pid may be somebody else's by now.
  if (!process || parent_of(container.pid) != container.shim_pid) return false;
  return ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) == 0;
}

void Containers::resize(const std::string& id, std::uint32_t rows, std::uint32_t columns) {
  ask_running(id, [&](shim::Client& client) { client.resize("", rows, columns); });
}

}  // namespace gantry::oci
