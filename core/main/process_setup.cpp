#include "core/main/process_setup.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace gantry::daemon {
namespace {

/// One connection is one descriptor, and clients that follow logs or wait keep theirs.
void raise_descriptor_limit() {
  constexpr rlim_t kWanted = 1048576;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min(kWanted, limit.rlim_max);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

void set_up_process() {
  set_up_allocator();
  ::umask(0022);
  raise_descriptor_limit();
  // A peer that is gone shows as EPIPE. Children get the default back when they are spawned.
  ::signal(SIGPIPE, SIG_IGN);
}

void export_proxies(const config::Daemon& settings) {
  const auto set = [](const std::string& value, const char* upper, const char* lower) {
    if (value.empty()) return;
    for (const char* name : {upper, lower}) ::setenv(name, value.c_str(), 1);
  };
  set(settings.http_proxy, "HTTP_PROXY", "http_proxy");
  set(settings.https_proxy, "HTTPS_PROXY", "https_proxy");
  set(settings.no_proxy, "NO_PROXY", "no_proxy");
}

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int wait_for_signal(const sigset_t& signals) {
  int signal = 0;
  while (::sigwait(&signals, &signal) == EINTR) {
  }
  return signal;
}

}  // namespace gantry::daemon
