// The HTTP core with nothing behind it, for measuring: http_ping PATH serves /_ping and a stream
// that stays open (/hold) on a unix socket until its standard input ends.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "core/base/notifier.hpp"
#include "core/http/server.hpp"

using namespace gantry;

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: http_ping SOCKET\n");
    return 2;
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  http::Router router;
  const http::Handler ping = [](http::Exchange& e) {
    e.set_header("Builder-Version", "2");
    e.set_header("Cache-Control", "no-cache, no-store, must-revalidate");
    e.set_header("Pragma", "no-cache");
    e.set_header("Swarm", "inactive");
    e.send(200, "text/plain; charset=utf-8", e.method() == "HEAD" ? "" : "OK");
  };
  router.add("GET", "/_ping", ping);
  router.add("HEAD", "/_ping", ping);
  router.add("GET", "/hold", [](http::Exchange& e) {
    Notifier never;
    e.stream("application/json");
    wait_for(never, e.peer());
  });

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
  ::unlink(argv[1]);
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener.get(), 1024) != 0) {
    std::perror(argv[1]);
    return 1;
  }
  http::ServerOptions options;
  options.server_header = "Docker/28.5.2 (linux)";
  http::Server server(router, options);
  std::vector<UniqueFd> listeners;
  listeners.push_back(std::move(listener));
  server.start(std::move(listeners));
  char byte;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  server.stop();
  ::unlink(argv[1]);
}
