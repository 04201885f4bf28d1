// The rules of the engine's nftables tables, which refer to sets only (firewall.hpp). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gantry::oci {

/// nft commands that make the table or bring it up to this version of the engine: chains are
/// emptied and filled again, sets and maps keep what they have.
std::string firewall_rules(const std::string& table, std::uint8_t family);
/// How many rules these put into each chain.
std::map<std::string, std::size_t> firewall_chains(std::uint8_t family);

}  // namespace gantry::oci
