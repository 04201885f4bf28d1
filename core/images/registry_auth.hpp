// Credentials for a registry as clients send them (X-Registry-Auth, behaviours.md 1.13). Never
// logged. Pure, any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gantry::images {

struct RegistryAuth {
  std::string username{}, password{};
  std::string identity_token{};  // an OAuth refresh token, in place of the password
  std::string registry_token{};  // a bearer token to send as it is
  std::string server_address{};

  bool has_login() const { return !username.empty() || !password.empty(); }
};

/// base64url (or base64, padded or not) of a JSON object; anything undecodable gives empty
/// credentials, as Docker's pull treats it.
RegistryAuth decode_registry_auth(std::string_view header);

/// The same for several registries (X-Registry-Config of a build): by the name that clients use.
std::map<std::string, RegistryAuth> decode_registry_config(std::string_view header);
/// Those for a registry, as decode_registry_config() has them; empty ones when there are none.
RegistryAuth find_login(const std::map<std::string, RegistryAuth>& logins,
                        const std::string& domain);

}  // namespace gantry::images
