// POST /auth: do these credentials open the registry (behaviours.md 1.14)? Any thread; keeps
// nothing, logs nothing of them.
#pragma once

#include <stop_token>
#include <string>

#include "core/images/registry_auth.hpp"
#include "core/images/registry_options.hpp"

namespace gantry::services {

class RegistryLogin {
 public:
  explicit RegistryLogin(images::RegistryOptions options) : options_(std::move(options)) {}

  /// Returns the identity token that replaces the password, or "". Throws Error{unauthorized} in
  /// the registry's words, Error{unavailable} when it cannot be reached.
  std::string run(const images::RegistryAuth& auth, const std::stop_token& stop = {}) const;

 private:
  const images::RegistryOptions options_;
};

}  // namespace gantry::services
