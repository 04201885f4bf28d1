// Containers: limits that change while they run, and what they use.
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/child_process.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/scope_guard.hpp"
#include "containers/containers.hpp"
#include "host/usage.hpp"

namespace gantry::oci {
namespace {

constexpr std::chrono::seconds kUpdateLimit{20};

// runc and crun print a line of their log, with the reason at its end.
std::string reason(const std::string& output) {
  std::string text = output;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (const std::size_t line = text.rfind('\n'); line != std::string::npos) text.erase(0, line + 1);
  constexpr std::string_view kMessage = "msg=\"";
  if (const std::size_t at = text.find(kMessage); at != std::string::npos) {
    text.erase(0, at + kMessage.size());
    if (text.ends_with('"')) text.pop_back();
  }
  return text.empty() ? "the OCI runtime gives no reason" : text;
}

/// Also while its supervisor has not taken note of it.
bool has_ended(pid_t process) {
  const UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  if (!fd) return errno == ESRCH;
  pollfd ended{fd.get(), POLLIN, 0};
  return ::poll(&ended, 1, 0) == 1;
}

}  // namespace

// By the OCI runtime: it knows how the limits of both cgroup versions depend on each other, and
// puts the old ones back when the kernel refuses one.
void Containers::update(const std::string& id, std::string_view resources) {
  const Container container = get(id);
  if (container.status != Container::Status::running)
    throw Error(GANTRY_CONFLICT, "container " + id + " is not running", ESRCH);
  parse_object(resources, "resources");
  const std::string file = bundle(id).path() + "/update.json";
  replace_file(file, std::string(resources));
  const ScopeGuard discard([&] { ::unlink(file.c_str()); });
  const ChildResult result = run_child(
      {parts_.runtime.get().path, "--root", runtime_root(), "update", "--resources", file, id},
      kUpdateLimit);
  if (result.exit_code == 0) return;
  if (has_ended(container.pid))
    throw Error(GANTRY_CONFLICT, "container " + id + " is not running", ESRCH);
  throw Error(GANTRY_INVALID, reason(result.output));
}

std::string Containers::sample(const std::string& id) const {
  const Container container = get(id);
  if (container.status != Container::Status::running)
    throw Error(GANTRY_CONFLICT, "container " + id + " is not running");
  // Whose interfaces they are: a container that shares the host's network has none of its own.
  const bool own_network = static_cast<bool>(network_namespace(id));
  return usage(parts_.cgroups, container.cgroup_path, own_network ? container.pid : 0);
}

}  // namespace gantry::oci
