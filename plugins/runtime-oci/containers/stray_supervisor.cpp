#include "containers/stray_supervisor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/error.hpp"
#include "host/processes.hpp"

namespace gantry::oci {
namespace {

constexpr int kEndMs = 2000;
constexpr int kKillMs = 500;

bool is_same_file(int one, int other) {
  struct stat first {
  }, second{};
  return ::fstat(one, &first) == 0 && ::fstat(other, &second) == 0 &&
         first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

}  // namespace

std::optional<StraySupervisor> StraySupervisor::find(const std::string& id,
                                                     const std::vector<pid_t>& pids) {
  const std::string command = std::string("gantry-shim") + '\0' + id + '\0';
  std::set<pid_t> parents;
  for (const pid_t pid : pids) parents.insert(parent_of(pid));
  for (const pid_t parent : parents) {
    if (parent <= 1) continue;
    UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, parent, 0)));
    // Looked at after it is held: the pid may be somebody else's by now.
    if (process && command_line(parent) == command)
      return StraySupervisor(parent, std::move(process));
  }
  return std::nullopt;
}

UniqueFd StraySupervisor::bundles() const {
  return find_at(AT_FDCWD, "/proc/" + std::to_string(pid_) + "/cwd/..", O_RDONLY | O_DIRECTORY);
}

bool StraySupervisor::works_in(int directory) const {
  const UniqueFd its = bundles();
  return its && is_same_file(its.get(), directory);
}

bool StraySupervisor::has_another_engine(int ours) const {
  const UniqueFd bundles = this->bundles();
  if (!bundles || is_same_file(bundles.get(), ours)) return false;
  return ::flock(bundles.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

bool StraySupervisor::ends_within(int milliseconds) const noexcept {
  pollfd item{process_.get(), POLLIN, 0};
  return ::poll(&item, 1, milliseconds) > 0;
}

void StraySupervisor::end() const noexcept {
  if (ends_within(kEndMs)) return;
  ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
  ends_within(kKillMs);
}

UniqueFd hold_bundles(const std::string& directory) {
  UniqueFd held = open_directory(AT_FDCWD, directory);
  // Another engine that looks whether somebody has it holds it for a moment.
  while (::flock(held.get(), LOCK_SH) != 0)
    if (errno != EINTR) throw_errno("lock " + directory);
  return held;
}

}  // namespace gantry::oci
