#include "core/domain/dns_check.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/ip_address.hpp"

namespace gantry::domain {
namespace {

void check_words(const json::Node& list) {
  list.each_item([](json::Node item) {
    const std::string word = item.str();
    if (word.empty()) item.fail("must not be empty");
    if (std::ranges::any_of(word, [](unsigned char c) { return c < ' ' || c == 0x7f; }))
      item.fail("must not contain control characters");
  });
}

void check_servers(const json::Node& list) {
  list.each_item([](json::Node item) {
    const std::string address = item.str();
    if (!parse_ip(address.substr(0, address.find('%')))) item.fail("must be an IP address");
  });
}

void check_extra_hosts(const json::Node& list) {
  for (const std::string& entry : list.strings()) {
    const size_t at = entry.find_first_of(":=");
    if (at == 0 || at == std::string::npos) invalid("bad format for add-host: \"" + entry + "\"");
    const std::string ip(text::trim(std::string_view(entry).substr(at + 1)));
    if (ip != "host-gateway" && !parse_ip(ip))
      invalid("invalid IP address in add-host: \"" + ip + "\"");
  }
}

}  // namespace

void check_dns(const json::Node& host_config) {
  for (const char* field : {"Dns", "DnsSearch", "DnsOptions", "ExtraHosts"})
    check_words(host_config[field]);
  check_servers(host_config["Dns"]);
  check_extra_hosts(host_config["ExtraHosts"]);
}

}  // namespace gantry::domain
