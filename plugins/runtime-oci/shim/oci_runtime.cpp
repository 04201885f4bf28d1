#include "oci_runtime.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "../protocol/unique_fd.hpp"
#include "../protocol/wire.hpp"
#include "text.hpp"

namespace gantry::shim {
namespace {

constexpr char kPidFile[] = "init.pid";

}  // namespace

void OciRuntime::configure(const Create& request) {
  name_ = request.runtime;
  file_ = request.runtime_is_fd != 0 ? Path("/proc/self/fd/", kRuntimeFd) : Path(request.runtime);
  id_ = request.id;
  args_ = request.runtime_args;
  env_ = request.runtime_env;
}

pid_t OciRuntime::run(int in, int out, int err, const char* console_socket, Failure& why) {
  ::unlink(kRuntimeLogName);
  ::unlink(kPidFile);
  std::vector<const char*> command = {"run", "--detach", "--pid-file", kPidFile};
  if (console_socket != nullptr) {
    command.push_back("--console-socket");
    command.push_back(console_socket);
  }
  return spawn(command, {in, out, err}, why);
}

pid_t OciRuntime::remove(bool force, Failure& why) {
  std::vector<const char*> command = {"delete"};
  if (force) command.push_back("--force");
  return spawn(command, {-1, -1, -1}, why);
}

pid_t OciRuntime::spawn(const std::vector<const char*>& command, const int (&stdio)[3],
                        Failure& why) {
  std::vector<const char*> argv = {name_.data()};
  args_.each([&](const char* arg) { argv.push_back(arg); });
  argv.insert(argv.end(), {"--log", kRuntimeLogName, "--log-format", "json"});
  argv.insert(argv.end(), command.begin(), command.end());
  argv.push_back(id_.data());  // the working directory is the bundle: its default for --bundle
  argv.push_back(nullptr);
  std::vector<const char*> env;
  env_.each([&](const char* entry) { env.push_back(entry); });
  if (env.empty()) {
    env.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  }
  env.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  for (int i = 0; i < 3; ++i) {
    // The shim's own 0, 1 and 2 are /dev/null; all its other descriptors close on exec.
    if (stdio[i] >= 0) ::posix_spawn_file_actions_adddup2(&actions, stdio[i], i);
  }
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, file_.c_str(), &actions, &attributes,
                    const_cast<char* const*>(argv.data()), const_cast<char* const*>(env.data()));
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    why.set_errno(error, Text<512>("OCI runtime ", name_).view(), GANTRY_UNAVAILABLE);
    return -1;
  }
  return pid;
}

bool OciRuntime::forget(std::string_view state_directory) {
  const Path path(state_directory);
  DIR* entries = ::opendir(path.c_str());
  if (entries == nullptr) return errno == ENOENT;
  while (const dirent* entry = ::readdir(entries)) {
    if (entry->d_type != DT_DIR) ::unlinkat(::dirfd(entries), entry->d_name, 0);
  }
  ::closedir(entries);
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT;
}

std::size_t OciRuntime::read_log(char* to, std::size_t capacity) {
  const UniqueFd fd(::open(kRuntimeLogName, O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0) return 0;
  const off_t from =
      info.st_size > static_cast<off_t>(capacity) ? info.st_size - static_cast<off_t>(capacity) : 0;
  const ssize_t n = ::pread(fd.get(), to, capacity, from);
  if (n <= 0) return 0;
  std::size_t size = static_cast<std::size_t>(n);
  if (from > 0) {  // whole lines only
    const void* line_end = std::memchr(to, '\n', size);
    const std::size_t cut =
        line_end != nullptr ? static_cast<std::size_t>(static_cast<const char*>(line_end) - to) + 1
                            : size;
    size -= cut;
    std::memmove(to, to + cut, size);
  }
  return size;
}

pid_t OciRuntime::read_pid_file() {
  const UniqueFd fd(::open(kPidFile, O_RDONLY | O_CLOEXEC));
  char digits[32] = {};
  if (!fd || ::read(fd.get(), digits, sizeof digits - 1) <= 0) return 0;
  return static_cast<pid_t>(std::strtol(digits, nullptr, 10));
}

}  // namespace gantry::shim
