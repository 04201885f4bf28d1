// Picks the subnet of a network whose client named none. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/domain/ipv4.hpp"

namespace gantry::domain {

/// A block from which subnets of one size are cut.
struct SubnetSource {
  Ipv4Prefix base;
  int size = 16;  // prefix length of the subnets
};

/// Docker's own blocks: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/16 in /20s.
std::vector<SubnetSource> default_subnet_sources();
/// "172.16.0.0/12:16"; throws Error{invalid} naming the text.
SubnetSource parse_subnet_source(std::string_view text);
/// First subnet of the sources, in order, that overlaps none of `taken`.
std::optional<Ipv4Prefix> choose_subnet(const std::vector<SubnetSource>& sources,
                                        const std::vector<Ipv4Prefix>& taken);

}  // namespace gantry::domain
