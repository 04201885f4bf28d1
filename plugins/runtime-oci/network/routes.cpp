#include "network/routes.hpp"

#include <linux/rtnetlink.h>

#include <set>

namespace gantry::oci {

std::vector<std::string> routed_prefixes(const NetlinkSocket& host) {
  nl_cache* found = nullptr;
  check_netlink(::rtnl_route_alloc_cache(host.get(), AF_UNSPEC, 0, &found), "list routes");
  const Netlink<nl_cache> routes(found);
  std::set<std::string> prefixes;
  for (nl_object* at = ::nl_cache_get_first(routes.get()); at != nullptr;
       at = ::nl_cache_get_next(at)) {
    auto* route = reinterpret_cast<rtnl_route*>(at);
    nl_addr* destination = ::rtnl_route_get_dst(route);
    if (::rtnl_route_get_table(route) != RT_TABLE_MAIN || destination == nullptr ||
        ::nl_addr_get_prefixlen(destination) == 0)
      continue;
    const int family = ::nl_addr_get_family(destination);
    if (family != AF_INET && family != AF_INET6) continue;
    char text[64];
    std::string prefix = ::nl_addr2str(destination, text, sizeof text);
    if (prefix.find('/') == std::string::npos) prefix += family == AF_INET ? "/32" : "/128";
    prefixes.insert(std::move(prefix));
  }
  return {prefixes.begin(), prefixes.end()};
}

}  // namespace gantry::oci
