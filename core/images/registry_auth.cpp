#include "core/images/registry_auth.hpp"

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/json/reader.hpp"

namespace gantry::images {
namespace {

// Old clients send `auth`: base64 of "user:password".
void split_login(const std::string& joined, RegistryAuth& auth) {
  const auto decoded = base64_decode(joined);
  if (!decoded) return;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos) return;
  auth.username = decoded->substr(0, colon);
  auth.password = decoded->substr(colon + 1);
  while (!auth.password.empty() && auth.password.back() == '\0') auth.password.pop_back();
}

RegistryAuth read_auth(const json::Node& node) {
  RegistryAuth auth;
  auth.username = node["username"].str();
  auth.password = node["password"].str();
  auth.identity_token = node["identitytoken"].str();
  auth.registry_token = node["registrytoken"].str();
  auth.server_address = node["serveraddress"].str();
  if (!auth.has_login() && node["auth"]) split_login(node["auth"].str(), auth);
  return auth;
}

// "https://registry.example/v1/" -> "registry.example"
std::string host_of(std::string_view name) {
  if (const std::size_t scheme = name.find("://"); scheme != std::string_view::npos)
    name.remove_prefix(scheme + 3);
  const std::string host(name.substr(0, name.find('/')));
  return host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host;
}

}  // namespace

RegistryAuth decode_registry_auth(std::string_view header) {
  const auto text = base64_decode(header);
  if (!text) return {};
  try {
    const json::Document document = json::Document::parse(*text, {.bytes = 64u << 10, .depth = 8});
    return read_auth(document.root());
  } catch (const Error&) {
    return {};
  }
}

std::map<std::string, RegistryAuth> decode_registry_config(std::string_view header) {
  std::map<std::string, RegistryAuth> logins;
  std::map<std::string, std::size_t> sizes;  // of the names they come from
  const auto text = base64_decode(header);
  if (!text) return logins;
  try {
    const json::Document document = json::Document::parse(*text, {.bytes = 1u << 20, .depth = 8});
    document.root().each_member([&](std::string_view name, json::Node node) {
      // Clients keep tokens beside a login: ".../v1/refresh-token" is not it, ".../v1/" is.
      const std::string host = host_of(name);
      const auto known = sizes.find(host);
      if (known != sizes.end() && known->second < name.size()) return;
      sizes[host] = name.size();
      logins.insert_or_assign(host, read_auth(node));
    });
  } catch (const Error&) {
    return {};
  }
  return logins;
}

RegistryAuth find_login(const std::map<std::string, RegistryAuth>& logins,
                        const std::string& domain) {
  const auto found = logins.find(domain);
  return found == logins.end() ? RegistryAuth() : found->second;
}

}  // namespace gantry::images
