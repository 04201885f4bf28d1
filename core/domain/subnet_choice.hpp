// Picks the subnet of a network whose client named none. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/domain/ip_address.hpp"

namespace gantry::domain {

/// A block from which subnets of one size are cut.
struct SubnetSource {
  IpPrefix base;
  int size = 16;  // prefix length of the subnets
};

/// Docker's own IPv4 blocks: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in /20s.
std::vector<SubnetSource> default_subnet_sources();
/// The unique local IPv6 block (RFC 4193) of an engine, cut in /64s: the same one for the same text
/// (an id that stays), as in Docker.
SubnetSource ula_source(std::string_view engine);
/// "172.16.0.0/12:16", "fd00::/48:64"; throws Error{invalid} naming the text.
SubnetSource parse_subnet_source(std::string_view text);
/// First subnet of the sources of that family, in order, that overlaps none of `taken`.
std::optional<IpPrefix> choose_subnet(const std::vector<SubnetSource>& sources, IpFamily family,
                                      const std::vector<IpPrefix>& taken);

}  // namespace gantry::domain
