#include "spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "client.hpp"
#include "wire.hpp"

namespace gantry::shim {
namespace {

[[noreturn]] void fail(int os_errno, const std::string& what) {
  throw ShimError(GANTRY_INTERNAL, os_errno,
                  "supervisor: " + what + ": " + std::generic_category().message(os_errno));
}

// A duplicate far above the numbers that the child's descriptors get, so that one dup2 never
// overwrites the source of another.
UniqueFd lift(int fd) {
  UniqueFd lifted(::fcntl(fd, F_DUPFD_CLOEXEC, 64));
  if (!lifted) fail(errno, "dup");
  return lifted;
}

struct SpawnAttributes {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnAttributes() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnAttributes() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
};

}  // namespace

UniqueFd make_sealed_binary(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) fail(errno, path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail(errno, path);
  UniqueFd copy(::memfd_create("gantry-shim", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) fail(errno, "memfd_create");
  off_t at = 0;
  while (at < info.st_size) {
    const ssize_t n =
        ::sendfile(copy.get(), file.get(), &at, static_cast<std::size_t>(info.st_size - at));
    if (n == 0) fail(EIO, path);
    if (n < 0 && errno != EINTR) fail(errno, path);
  }
  if (::fchmod(copy.get(), 0500) != 0 ||
      ::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) !=
          0) {
    fail(errno, "seal");
  }
  return copy;
}

UniqueFd spawn(const SpawnOptions& options) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) fail(errno, "socketpair");
  UniqueFd ours(pair[0]), theirs(pair[1]);
  UniqueFd control = lift(theirs.get()), binary = lift(options.binary);
  UniqueFd netns = options.netns >= 0 ? lift(options.netns) : UniqueFd();
  UniqueFd runtime = options.runtime >= 0 ? lift(options.runtime) : UniqueFd();
  UniqueFd bundle(::open(options.bundle.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!bundle) fail(errno, options.bundle);
  UniqueFd bundle_high = lift(bundle.get());

  SpawnAttributes spawn;
  auto* actions = &spawn.actions;
  int error = 0;
  const auto check = [&error](int result) { error = error != 0 ? error : result; };
  check(posix_spawn_file_actions_addfchdir_np(actions, bundle_high.get()));
  check(posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0));
  check(posix_spawn_file_actions_adddup2(actions, 0, 1));
  check(posix_spawn_file_actions_adddup2(actions, 0, 2));
  check(posix_spawn_file_actions_adddup2(actions, control.get(), kControlFd));
  check(posix_spawn_file_actions_adddup2(actions, binary.get(), kExeFd));
  check(posix_spawn_file_actions_adddup2(actions, netns ? netns.get() : 0, kNetnsFd));
  check(posix_spawn_file_actions_adddup2(actions, runtime ? runtime.get() : 0, kRuntimeFd));
  check(posix_spawn_file_actions_addclosefrom_np(actions, kRuntimeFd + 1));

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  check(posix_spawnattr_setsigmask(&spawn.attributes, &none));
  check(posix_spawnattr_setsigdefault(&spawn.attributes, &all));
  check(posix_spawnattr_setflags(
      &spawn.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  if (error != 0) fail(error, "spawn");

  std::string name = "gantry-shim", id = options.id;
  const std::string program = "/proc/self/fd/" + std::to_string(kExeFd);
  char* argv[] = {name.data(), id.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t pid = -1;
  error = ::posix_spawn(&pid, program.c_str(), actions, &spawn.attributes, argv, environment);
  if (error != 0) fail(error, "spawn");
  // What we started forks the supervisor and ends, which makes the supervisor a child of init.
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) fail(errno, "wait");  // ECHILD: the host ignores SIGCHLD
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) fail(ECHILD, "ended at once");
  return ours;
}

}  // namespace gantry::shim
