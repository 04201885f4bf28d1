// Credentials for a registry as clients send them (X-Registry-Auth, behaviours.md 1.13). Never
// logged. Pure, any thread.
#pragma once

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

}  // namespace gantry::images
