#include "plugin/resolver_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <gantry/cpp/error.hpp>

#include "protocol/sockets.hpp"

namespace net_dns {

namespace sdk = gantry::sdk;

namespace {

constexpr int kPluginFd = 3, kListenerFd = 4;  // in the resolver
constexpr int kAboveThem = 64;
constexpr int kPatienceSeconds = 5;

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw sdk::Error(GANTRY_INVALID, "resolver: the path " + path + " is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

UniqueFd unix_socket() {
  UniqueFd fd = open_socket(AF_UNIX, SOCK_STREAM);
  if (!fd) throw sdk::os_error("resolver: socket");
  return fd;
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd fd = unix_socket();
  const sockaddr_un address = address_of(path);
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 4) != 0)
    throw sdk::os_error("resolver: " + path);
  return fd;
}

/// High above the numbers in the child, so that one dup2 there never overwrites the other's source.
UniqueFd lifted(int fd) {
  UniqueFd high(::fcntl(fd, F_DUPFD_CLOEXEC, kAboveThem));
  if (!high) throw sdk::os_error("resolver: dup");
  return high;
}

struct Spawn {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  Spawn() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
  }
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
};

}  // namespace

std::string stamp_of_program(const std::string& program) {
  struct stat info {};
  if (::stat(program.c_str(), &info) != 0) throw sdk::os_error("resolver: " + program);
  return std::to_string(info.st_dev) + "-" + std::to_string(info.st_ino) + "-" +
         std::to_string(info.st_size) + "-" + std::to_string(info.st_mtime);
}

RunningResolver start_resolver(const std::string& program, const std::string& path) {
  auto [ours, theirs] = open_socket_pair();
  if (!ours || !theirs) throw sdk::os_error("resolver: socket");
  const UniqueFd listener = lifted(listen_at(path).get()), channel = lifted(theirs.get());

  Spawn spawn;
  int error = 0;
  const auto check = [&error](int result) { error = error != 0 ? error : result; };
  check(::posix_spawn_file_actions_addopen(&spawn.actions, 0, "/dev/null", O_RDWR, 0));
  check(::posix_spawn_file_actions_adddup2(&spawn.actions, 0, 1));
  check(::posix_spawn_file_actions_adddup2(&spawn.actions, 0, 2));
  check(::posix_spawn_file_actions_adddup2(&spawn.actions, channel.get(), kPluginFd));
  check(::posix_spawn_file_actions_adddup2(&spawn.actions, listener.get(), kListenerFd));
  short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  // It outlives the daemon, and with it what somebody has opened without CLOEXEC.
#ifdef POSIX_SPAWN_CLOEXEC_DEFAULT
  flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#else
  check(::posix_spawn_file_actions_addclosefrom_np(&spawn.actions, kListenerFd + 1));
#endif
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  check(::posix_spawnattr_setsigmask(&spawn.attributes, &none));
  check(::posix_spawnattr_setsigdefault(&spawn.attributes, &all));
  check(::posix_spawnattr_setflags(&spawn.attributes, flags));
  std::string name = "gantry-resolver", stamp = stamp_of_program(program);
  char* argv[] = {name.data(), stamp.data(), nullptr};
  char* environment[] = {nullptr};
  pid_t pid = 0;
  if (error == 0)
    error =
        ::posix_spawn(&pid, program.c_str(), &spawn.actions, &spawn.attributes, argv, environment);
  if (error != 0) throw sdk::os_error("resolver: start " + program, error);
  const timeval limit{kPatienceSeconds, 0};
  ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return {Channel(std::move(ours)), pid};
}

std::optional<RunningResolver> adopt_resolver(const std::string& path, Model& model,
                                              std::string& stamp) {
  UniqueFd fd = unix_socket();
  const sockaddr_un address = address_of(path);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::nullopt;
  timeval limit{kPatienceSeconds, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const int raw = fd.get();
  Channel channel(std::move(fd));
  try {
    channel.send(message("hello"));
    for (;;) {
      auto told = channel.receive();
      if (!told) return std::nullopt;
      if (!model.take(*told, stamp)) break;
    }
  } catch (const std::exception&) {
    return std::nullopt;
  }
  limit = {0, 0};
  ::setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  return RunningResolver{std::move(channel), 0};
}

void reap(pid_t pid) {
  if (pid <= 0) return;
  // It has ended, or its channel is broken and it would not.
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace net_dns
