#include "resolv_conf.hpp"

#include <algorithm>
#include <sstream>

namespace net_hosts {

namespace {

std::vector<std::string> words(std::istringstream& line) {
  std::vector<std::string> all;
  for (std::string word; line >> word;) all.push_back(word);
  return all;
}

std::string line_of(const char* keyword, const std::vector<std::string>& values) {
  std::string line;
  for (const auto& value : values) line += " " + value;
  return line.empty() ? line : keyword + line + "\n";
}

/// Settings are free text from a request; one with a line break would be a line of its own.
std::vector<std::string> one_word_each(std::vector<std::string> values) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](const std::string& value) {
                                return value.empty() ||
                                       std::any_of(value.begin(), value.end(),
                                                   [](unsigned char c) { return c <= ' '; });
                              }),
               values.end());
  return values;
}

bool has_ipv6(const gantry::sdk::ContainerRequest& container) {
  return std::any_of(container.endpoints.begin(), container.endpoints.end(),
                     [](const auto& endpoint) { return !endpoint.ipv6.empty(); });
}

}  // namespace

ResolverFile parse_resolver_file(const std::string& text) {
  ResolverFile file;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find_first_of("#;"));
    std::istringstream rest(line);
    std::string keyword;
    rest >> keyword;
    const auto values = words(rest);
    if (values.empty()) continue;
    if (keyword == "nameserver") file.nameservers.push_back(values[0]);
    if (keyword == "search") file.search = values;
    if (keyword == "domain") file.search = {values[0]};
    if (keyword == "options") file.options.insert(file.options.end(), values.begin(), values.end());
  }
  return file;
}

bool is_loopback(const std::string& nameserver) {
  return nameserver.rfind("127.", 0) == 0 || nameserver == "::1" || nameserver == "localhost";
}

std::string resolv_conf(const gantry::sdk::ContainerRequest& container,
                        const std::vector<std::string>& fallback) {
  const bool own =
      !container.dns.empty() || !container.dns_search.empty() || !container.dns_options.empty();
  if (container.mode == "host" && !own) return container.host_resolv_conf;

  ResolverFile file = parse_resolver_file(container.host_resolv_conf);
  std::string note;
  if (!container.dns.empty()) {
    file.nameservers = one_word_each(container.dns);
  } else if (container.mode != "host") {
    // A loopback resolver of the host does not listen in the container's network.
    const bool ipv6 = has_ipv6(container);
    auto& servers = file.nameservers;
    servers.erase(std::remove_if(servers.begin(), servers.end(),
                                 [&](const std::string& server) {
                                   return is_loopback(server) ||
                                          (!ipv6 && server.find(':') != std::string::npos);
                                 }),
                  servers.end());
    if (servers.empty()) {
      servers = fallback;
      note = "# The host names no resolver that a container can reach: these are the fallback.\n";
    }
  }
  if (!container.dns_search.empty()) {
    file.search = one_word_each(container.dns_search);
    if (file.search == std::vector<std::string>{"."})
      file.search.clear();  // Docker: "." means none
  }
  if (!container.dns_options.empty()) file.options = one_word_each(container.dns_options);

  std::string text = note;
  // resolv.conf(5): search comes before or after nameservers alike; the order is Docker's.
  text += line_of("search", file.search);
  for (const auto& server : file.nameservers) text += "nameserver " + server + "\n";
  text += line_of("options", file.options);
  return text;
}

}  // namespace net_hosts
