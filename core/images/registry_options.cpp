#include "core/images/registry_options.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/text.hpp"

namespace gantry::images {
namespace {

std::string environment(const char* upper, const char* lower) {
  for (const char* name : {upper, lower})
    if (const char* value = std::getenv(name); value && *value) return value;
  return {};
}

bool names_host(std::string_view entry, const Origin& origin) {
  const std::string host = text::lower(origin.host);
  const std::string wanted = text::lower(entry);
  return wanted == host || wanted == host + ":" + std::to_string(origin.port) ||
         wanted == text::lower(origin.authority());
}

// "10.0.0.0/8" or "fd00::/8"; hosts that are names match no network.
bool in_network(std::string_view entry, const Origin& origin) {
  const std::size_t slash = entry.find('/');
  if (slash == std::string_view::npos) return false;
  const auto bits = text::to_int(entry.substr(slash + 1));
  const std::string network(entry.substr(0, slash));
  for (const int family : {AF_INET, AF_INET6}) {
    std::array<unsigned char, 16> net{}, host{};
    if (::inet_pton(family, network.c_str(), net.data()) != 1 ||
        ::inet_pton(family, origin.host.c_str(), host.data()) != 1)
      continue;
    if (!bits || *bits < 0 || *bits > (family == AF_INET ? 32 : 128)) return false;
    const auto count = static_cast<std::size_t>(*bits);
    if (!std::equal(net.begin(), net.begin() + count / 8, host.begin())) return false;
    const auto mask = static_cast<unsigned char>(0xff00u >> (count % 8));
    return count % 8 == 0 || (net[count / 8] & mask) == (host[count / 8] & mask);
  }
  return false;
}

// One entry of NO_PROXY: "*", a host, ".domain" or "domain" with everything below it.
bool bypasses(std::string_view entry, const Origin& origin) {
  entry = text::trim(entry);
  if (entry.empty()) return false;
  if (entry == "*" || names_host(entry, origin) || in_network(entry, origin)) return true;
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  const std::string suffix = (entry.front() == '.' ? "" : ".") + text::lower(entry);
  return text::lower(origin.host).ends_with(suffix);
}

}  // namespace

bool RegistryOptions::is_insecure(const Origin& origin) const {
  return origin.is_loopback() ||
         std::any_of(insecure_hosts.begin(), insecure_hosts.end(),
                     [&](const auto& h) { return names_host(h, origin) || in_network(h, origin); });
}

std::string RegistryOptions::proxy_for(const Origin& origin) const {
  const std::string& proxy = origin.tls ? https_proxy : http_proxy;
  if (proxy.empty() || origin.is_loopback()) return {};
  for (const std::string& entry : text::split(no_proxy, ','))
    if (bypasses(entry, origin)) return {};
  return proxy.find("://") == std::string::npos ? std::string("http://").append(proxy) : proxy;
}

void RegistryOptions::read_environment() {
  http_proxy = environment("HTTP_PROXY", "http_proxy");
  https_proxy = environment("HTTPS_PROXY", "https_proxy");
  no_proxy = environment("NO_PROXY", "no_proxy");
}

}  // namespace gantry::images
