#include "network/firewall.hpp"

#include "base/error.hpp"
#include "network/nft.hpp"
#include "network/nft_elements.hpp"

namespace gantry::oci {
namespace {

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// Chains are emptied and filled again, so that the rules are those of this version of the engine.
// Sets, maps and networks' chains keep what they have.
constexpr char kBase[] = R"(
add table ip $TABLE
add map ip $TABLE any_ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
add map ip $TABLE host_ports { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; }
add set ip $TABLE bridges { type ifname; }
add set ip $TABLE internal { type ifname; }
add set ip $TABLE pairs { type ifname . ifname; }
add chain ip $TABLE publish
add chain ip $TABLE prerouting { type nat hook prerouting priority -100; policy accept; }
add chain ip $TABLE output { type nat hook output priority -100; policy accept; }
add chain ip $TABLE early { type filter hook prerouting priority -300; policy accept; }
add chain ip $TABLE forward { type filter hook forward priority 0; policy accept; }
flush chain ip $TABLE publish
flush chain ip $TABLE prerouting
flush chain ip $TABLE output
flush chain ip $TABLE early
flush chain ip $TABLE forward
add rule ip $TABLE publish dnat ip to meta l4proto . ip daddr . th dport map @host_ports
add rule ip $TABLE publish dnat ip to meta l4proto . th dport map @any_ports
add rule ip $TABLE prerouting fib daddr type local jump publish
add rule ip $TABLE output fib daddr type local jump publish
add rule ip $TABLE early iifname @bridges ip daddr 127.0.0.0/8 drop
add rule ip $TABLE forward iifname . oifname @pairs accept
add rule ip $TABLE forward iifname @internal drop
add rule ip $TABLE forward oifname @internal drop
add rule ip $TABLE forward ct state established,related accept
add rule ip $TABLE forward ct status dnat accept
add rule ip $TABLE forward oifname @bridges drop
)";

// Sources: 127/8 is the host's own call to a published port; the subnet with "dnat" is a
// container's call to a port published by itself or a neighbour, whose answer would else go past
// the host.
constexpr char kNetwork[] = R"(
add element ip $TABLE bridges { "$BRIDGE" }
add chain ip $TABLE from_$BRIDGE { type nat hook postrouting priority 100; policy accept; }
flush chain ip $TABLE from_$BRIDGE
add rule ip $TABLE from_$BRIDGE oifname "$BRIDGE" ip saddr 127.0.0.0/8 masquerade
)";
constexpr char kSubnet[] = R"(
add rule ip $TABLE from_$BRIDGE oifname "$BRIDGE" ip saddr $SUBNET ct status dnat masquerade
)";
constexpr char kMasquerade[] = R"(
add rule ip $TABLE from_$BRIDGE oifname != "$BRIDGE" ip saddr $SUBNET masquerade
)";

}  // namespace

void Firewall::add_network(const NetworkConfig& network) const {
  std::string commands = std::string(kBase) + kNetwork;
  if (!network.subnet.empty()) {
    commands += kSubnet;
    if (network.masquerade && !network.internal) commands += kMasquerade;
  }
  if (network.icc) commands += "add element ip $TABLE pairs { \"$BRIDGE\" . \"$BRIDGE\" }\n";
  if (network.internal) commands += "add element ip $TABLE internal { \"$BRIDGE\" }\n";
  commands = replace_all(std::move(commands), "$BRIDGE", network.bridge);
  commands = replace_all(std::move(commands), "$SUBNET", network.subnet);
  apply_ruleset(replace_all(std::move(commands), "$TABLE", table_));
}

void Firewall::remove_network(const std::string& bridge) const {
  const auto bridges = list_set_interfaces(table_, "bridges");
  if (!bridges) return;  // no table
  std::string others;
  bool present = false;
  for (const std::string& name : *bridges) {
    if (name == bridge)
      present = true;
    else
      others = name;
  }
  if (others.empty()) return apply_ruleset("delete table ip " + table_ + "\n");
  if (!present) return;
  // "add" first: deleting what an older set does not hold would fail.
  std::string commands = R"(
add element ip $TABLE pairs { "$BRIDGE" . "$BRIDGE" }
add element ip $TABLE internal { "$BRIDGE" }
delete element ip $TABLE pairs { "$BRIDGE" . "$BRIDGE" }
delete element ip $TABLE internal { "$BRIDGE" }
delete element ip $TABLE bridges { "$BRIDGE" }
add chain ip $TABLE from_$BRIDGE
flush chain ip $TABLE from_$BRIDGE
delete chain ip $TABLE from_$BRIDGE
)";
  commands = replace_all(std::move(commands), "$BRIDGE", bridge);
  apply_ruleset(replace_all(std::move(commands), "$TABLE", table_));
}

}  // namespace gantry::oci
