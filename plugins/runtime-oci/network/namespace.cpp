#include "network/namespace.hpp"

#include <fcntl.h>
#include <sched.h>

#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/thread_call.hpp"

namespace gantry::oci {

NetworkNamespace make_network_namespace() {
  UniqueFd fd;
  std::optional<NetlinkSocket> inside;
  call_on_thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) throw_errno("make network namespace");
    fd = open_at(AT_FDCWD, "/proc/thread-self/ns/net", O_RDONLY);
    inside.emplace();
    // Endpoints have IPv4 addresses only: without this each interface would look for routers and
    // make itself a link-local address. The loopback keeps ::1.
    const char* setting = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
    if (exists(setting)) write_setting(setting, "1");
  });
  return {std::move(fd), std::move(*inside)};
}

NetworkNamespace enter_network_namespace(UniqueFd fd) {
  std::optional<NetlinkSocket> inside;
  call_on_thread([&] {
    if (::setns(fd.get(), CLONE_NEWNET) != 0) throw_errno("enter network namespace");
    inside.emplace();
  });
  return {std::move(fd), std::move(*inside)};
}

void raise_loopback(const NetlinkSocket& inside) {
  set_link_up(inside, 1);  // it has this number in every namespace
}

}  // namespace gantry::oci
