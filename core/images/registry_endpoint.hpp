// Where a registry's repositories are served: by itself, and by the mirrors that the configuration
// names for it. Pure, any thread. Errors: Error{invalid}.
#pragma once

#include <string>
#include <vector>

#include "core/images/registry_url.hpp"

namespace gantry::images {

struct RegistryOptions;

struct RegistryEndpoint {
  Origin origin;       // of an insecure registry that names no scheme: plain HTTP is tried first
  std::string prefix;  // of a mirror: the path in front of "/v2", without a slash at its end
  bool mirror = false;
  bool insecure = false;  // plain HTTP, and TLS without verification, are allowed
};

/// The registry of a reference's domain itself.
RegistryEndpoint registry_endpoint(const std::string& domain, const RegistryOptions& options);
/// "http://host[:port][/path]" or https. No login, query or fragment.
RegistryEndpoint mirror_endpoint(const std::string& url);
/// Where to read from, in this order: mirrors, the registry.
std::vector<RegistryEndpoint> read_endpoints(const std::string& domain,
                                             const RegistryOptions& options);

}  // namespace gantry::images
