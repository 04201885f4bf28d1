#include "core/main/tcp_listeners.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/host_port.hpp"
#include "core/base/log.hpp"
#include "core/base/socket.hpp"

namespace gantry::daemon {
namespace {

constexpr std::string_view kTcp = "tcp://";

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::unique_ptr<addrinfo, FreeAddresses> resolve(const HostPort& place, const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int result =
      ::getaddrinfo(place.host.c_str(), std::to_string(place.port).c_str(), &hints, &list);
  if (result != 0) throw Error(Errc::invalid, host + ": " + ::gai_strerror(result));
  return std::unique_ptr<addrinfo, FreeAddresses>(list);
}

UniqueFd listen_on(const addrinfo& address, const std::string& host) {
  UniqueFd fd = make_socket(address.ai_family, SOCK_STREAM);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno == EADDRINUSE) throw Error(Errc::conflict, host + ": the address is in use");
    throw_errno("bind " + host);
  }
  if (::listen(fd.get(), SOMAXCONN) != 0) throw_errno("listen " + host);
  return fd;
}

}  // namespace

std::shared_ptr<const http::TlsContext> tls_context(const config::Daemon& settings) {
  const bool tcp = std::ranges::any_of(
      settings.hosts, [](const std::string& host) { return host.starts_with(kTcp); });
  if (!tcp || settings.tls_cert.empty()) return nullptr;
  return std::make_shared<const http::TlsContext>(
      http::TlsFiles{{settings.tls_cert, "daemon.tls_cert"},
                     {settings.tls_key, "daemon.tls_key"},
                     {settings.tls_ca, "daemon.tls_ca"}});
}

std::vector<http::Listener> open_tcp_listeners(const config::Daemon& settings) {
  std::vector<http::Listener> listeners;
  const auto tls = tls_context(settings);
  for (const std::string& host : settings.hosts) {
    if (!host.starts_with(kTcp)) continue;
    const auto place = split_host_port(std::string_view(host).substr(kTcp.size()));
    if (!place) throw Error(Errc::invalid, "cannot listen on " + host);
    const auto addresses = resolve(*place, host);
    for (const addrinfo* address = addresses.get(); address; address = address->ai_next)
      listeners.push_back({listen_on(*address, host), tls});
    log::info("listening on " + host + (tls ? ", TLS" : ", unencrypted"));
    if (settings.tls_ca.empty())
      log::warn(host + ": whoever reaches it is root on this host: clients show no certificate");
  }
  return listeners;
}

}  // namespace gantry::daemon
