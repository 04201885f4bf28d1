#include "hosts_file.hpp"

#include <algorithm>

namespace net_hosts {

namespace {

constexpr const char* kDefaultLines =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\n"
    "ff00::0\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

bool is_one_word(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char c) {
    return c <= ' ' || c == '#' || c == 0x7f;
  });
}

/// "name:address"; the address may be IPv6, with or without brackets.
std::string extra_line(const std::string& extra) {
  const auto colon = extra.find(':');
  if (colon == std::string::npos) return {};
  const std::string name = extra.substr(0, colon);
  std::string address = extra.substr(colon + 1);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (!is_one_word(name) || !is_one_word(address)) return {};
  return address + "\t" + name + "\n";
}

/// Docker: users may give the full name in the host name or split it over host and domain name; the
/// line has the full name and the first label.
std::string own_names(const gantry::sdk::ContainerRequest& container) {
  std::string full = container.hostname;
  if (!container.domainname.empty()) full += "." + container.domainname;
  const auto dot = full.find('.');
  return dot == std::string::npos ? full : full + " " + full.substr(0, dot);
}

}  // namespace

std::string without_prefix_length(const std::string& address) {
  return address.substr(0, address.find('/'));
}

std::string base_hosts(const gantry::sdk::ContainerRequest& container) {
  // Docker: a container in the host's network sees the host's file, unless it brings entries of its
  // own.
  if (container.mode == "host" && container.extra_hosts.empty()) return container.host_hosts;
  std::string text = kDefaultLines;
  for (const auto& extra : container.extra_hosts) text += extra_line(extra);
  const std::string names = own_names(container);
  if (names.empty()) return text;
  for (const auto& endpoint : container.endpoints)
    for (const auto& address : {endpoint.address, endpoint.ipv6})
      if (!address.empty()) text += without_prefix_length(address) + "\t" + names + "\n";
  return text;
}

std::string names_block(const std::vector<gantry::sdk::Member>& members) {
  std::string lines;
  for (const auto& member : members) {
    std::string names;
    for (const auto& name : member.names)
      if (is_one_word(name)) names += (names.empty() ? "" : " ") + name;
    if (names.empty()) continue;
    for (const auto& address : {member.address, member.ipv6})
      if (is_one_word(address)) lines += without_prefix_length(address) + "\t" + names + "\n";
  }
  if (lines.empty()) return {};
  return "# begin: names of this container's networks, kept by the engine\n" + lines + "# end\n";
}

}  // namespace net_hosts
