#include "network/firewall_rules.hpp"

#include <sys/socket.h>

#include <sstream>

namespace gantry::oci {
namespace {

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// $IP: ip or ip6. The forward chain: what belongs to a flow that was let through, first, for it is
// most of all packets; then within a network everything, out of and into internal networks nothing,
// what was published, and nothing else that would get to a container: what other hosts and other
// networks may speak to directly is the bridges' and interfaces' business.
// The postrouting chain: a neighbour's or the container's own call to a published port would be
// answered past the host unless it came from the host; the host's calls to containers themselves
// (which came in by no interface) and what stays on its bridge are left alone; what leaves a
// network hides behind the host. What is cheap to look at comes first: most new flows are none of a
// rule's business.
constexpr char kCommon[] = R"(
add table $IP $TABLE
add set $IP $TABLE bridges { type ifname; }
add set $IP $TABLE internal { type ifname; }
add set $IP $TABLE unprotected { type ifname; }
add set $IP $TABLE pairs { type ifname . ifname; }
add set $IP $TABLE closed { type ifname . ifname; }
add set $IP $TABLE routed { type ifname; }
add set $IP $TABLE trusted { type ifname . ifname; }
add set $IP $TABLE open_ports { type inet_proto . $ADDR . inet_service; }
add set $IP $TABLE attached { type ifname . $ADDR; flags interval; }
add set $IP $TABLE masqueraded { type $ADDR; flags interval; }
add map $IP $TABLE sources { type $ADDR : $ADDR; flags interval; }
add chain $IP $TABLE forward { type filter hook forward priority 0; policy accept; }
add chain $IP $TABLE postrouting { type nat hook postrouting priority 100; policy accept; }
add chain $IP $TABLE neighbours
flush chain $IP $TABLE forward
flush chain $IP $TABLE postrouting
flush chain $IP $TABLE neighbours
add rule $IP $TABLE neighbours ct status dnat masquerade
add rule $IP $TABLE neighbours accept
add rule $IP $TABLE forward ct state established,related accept
add rule $IP $TABLE forward iifname . oifname @pairs accept
add rule $IP $TABLE forward iifname @internal drop
add rule $IP $TABLE forward oifname @internal drop
add rule $IP $TABLE forward ct status dnat accept
add rule $IP $TABLE forward iifname . oifname @closed drop
add rule $IP $TABLE forward oifname @unprotected accept
add rule $IP $TABLE forward oifname @routed meta l4proto $ICMP accept
add rule $IP $TABLE forward oifname @routed meta l4proto . $IP daddr . th dport @open_ports accept
add rule $IP $TABLE forward iifname . oifname @trusted meta l4proto . $IP daddr . th dport @open_ports accept
add rule $IP $TABLE forward oifname @bridges drop
)";

constexpr char kPublish[] = R"(
add map $IP $TABLE any_ports { type inet_proto . inet_service : $ADDR . inet_service; }
add map $IP $TABLE host_ports { type inet_proto . $ADDR . inet_service : $ADDR . inet_service; }
add chain $IP $TABLE publish
add chain $IP $TABLE prerouting { type nat hook prerouting priority -100; policy accept; }
add chain $IP $TABLE output { type nat hook output priority -100; policy accept; }
flush chain $IP $TABLE publish
flush chain $IP $TABLE prerouting
flush chain $IP $TABLE output
add rule $IP $TABLE publish dnat $IP to meta l4proto . $IP daddr . th dport map @host_ports
add rule $IP $TABLE publish dnat $IP to meta l4proto . th dport map @any_ports
)";

// 127/8 in postrouting is the host's own call to a published port. In prerouting it is another
// host's try: the kernel drops it, but only after this.
constexpr char kIpv4[] = R"(
add chain ip $TABLE early { type filter hook prerouting priority -300; policy accept; }
flush chain ip $TABLE early
add rule ip $TABLE prerouting ip daddr != 127.0.0.0/8 fib daddr type local jump publish
add rule ip $TABLE output fib daddr type local jump publish
add rule ip $TABLE early ip daddr 127.0.0.0/8 iifname @bridges drop
add rule ip $TABLE postrouting ip saddr 127.0.0.0/8 oifname @bridges masquerade
)";

// The kernel lets nothing leave that comes from ::1, and forwards nothing that comes from a link's
// own addresses: the supervisor passes these on.
constexpr char kIpv6[] = R"(
add rule ip6 $TABLE prerouting ip6 saddr != fe80::/10 fib daddr type local jump publish
add rule ip6 $TABLE output ip6 daddr != ::1 ip6 daddr != fe80::/10 fib daddr type local jump publish
)";

constexpr char kPostrouting[] = R"(
add rule $IP $TABLE postrouting meta iif 0 oifname @bridges ct status & dnat == 0 accept
add rule $IP $TABLE postrouting oifname . $IP saddr @attached jump neighbours
add rule $IP $TABLE postrouting snat to $IP saddr map @sources
add rule $IP $TABLE postrouting $IP saddr @masqueraded masquerade
)";

}  // namespace

std::string firewall_rules(const std::string& table, std::uint8_t family) {
  const bool ipv4 = family == AF_INET;
  std::string commands = kCommon;
  commands += kPublish;
  commands += ipv4 ? kIpv4 : kIpv6;
  commands += kPostrouting;
  commands = replace_all(std::move(commands), "$ICMP", ipv4 ? "icmp" : "icmpv6");
  commands = replace_all(std::move(commands), "$IP", ipv4 ? "ip" : "ip6");
  commands = replace_all(std::move(commands), "$ADDR", ipv4 ? "ipv4_addr" : "ipv6_addr");
  return replace_all(std::move(commands), "$TABLE", table);
}

std::map<std::string, std::size_t> firewall_chains(std::uint8_t family) {
  std::map<std::string, std::size_t> chains;
  std::istringstream commands(firewall_rules("table", family));
  for (std::string line; std::getline(commands, line);) {
    std::istringstream words(line);
    std::string verb, noun, ip, table, chain;
    words >> verb >> noun >> ip >> table >> chain;
    if (verb == "add" && noun == "rule") ++chains[chain];
  }
  return chains;
}

}  // namespace gantry::oci
