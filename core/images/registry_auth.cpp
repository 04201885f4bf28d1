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

}  // namespace

RegistryAuth decode_registry_auth(std::string_view header) {
  RegistryAuth auth;
  const auto text = base64_decode(header);
  if (!text) return auth;
  try {
    const json::Document document = json::Document::parse(*text, {.bytes = 64u << 10, .depth = 8});
    const json::Node root = document.root();
    auth.username = root["username"].str();
    auth.password = root["password"].str();
    auth.identity_token = root["identitytoken"].str();
    auth.registry_token = root["registrytoken"].str();
    auth.server_address = root["serveraddress"].str();
    if (!auth.has_login() && root["auth"]) split_login(root["auth"].str(), auth);
  } catch (const Error&) {
    return {};
  }
  return auth;
}

}  // namespace gantry::images
