// gantry-resolver: answers the DNS queries of all containers of one engine. Started by the plugin
// net-dns with two descriptors: the connection to it, and the socket on which later daemons find
// it. It outlives the daemon, and ends when no container needs it any more.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "resolver/control.hpp"

namespace {

constexpr int kPluginFd = 3, kListenerFd = 4;

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void run(const char* stamp) {
  net_dns::Poller poller;
  net_dns::Timers timers;
  net_dns::Service service(poller, timers);
  net_dns::Control control(net_dns::UniqueFd(kPluginFd), net_dns::UniqueFd(kListenerFd), stamp,
                           service, poller, timers);
  while (!control.done()) {
    try {
      poller.run_once(timers.next_ms());
      timers.run();
      control.tidy();
    } catch (const std::exception& error) {  // one query of one container; the others have theirs
      std::fprintf(stderr, "gantry-resolver: %s\n", error.what());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  raise_descriptor_limit();
  try {
    run(argc > 1 ? argv[1] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gantry-resolver: %s\n", error.what());
    return 1;
  }
  return 0;
}
