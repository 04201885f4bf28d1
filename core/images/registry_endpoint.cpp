#include "core/images/registry_endpoint.hpp"

#include "core/base/error.hpp"
#include "core/images/registry_options.hpp"

namespace gantry::images {

RegistryEndpoint registry_endpoint(const std::string& domain, const RegistryOptions& options) {
  RegistryEndpoint endpoint{registry_origin(domain), {}, false};
  if (options.is_insecure(endpoint.origin)) {
    endpoint.origin.tls = false;
    if (domain.find(':') == std::string::npos) endpoint.origin.port = 80;
  }
  return endpoint;
}

RegistryEndpoint mirror_endpoint(const std::string& url) {
  Url parsed = parse_url(url);
  if (!parsed.login.empty() || url.find_first_of("?#") != std::string::npos)
    throw Error(Errc::invalid, "\"" + url + "\" must not hold a login, a query or a fragment");
  while (parsed.target.ends_with('/')) parsed.target.pop_back();
  return {parsed.origin, parsed.target, true};
}

std::vector<RegistryEndpoint> read_endpoints(const std::string& domain,
                                             const RegistryOptions& options) {
  std::vector<RegistryEndpoint> endpoints;
  if (const auto mirrors = options.mirrors.find(domain); mirrors != options.mirrors.end())
    endpoints = mirrors->second;
  endpoints.push_back(registry_endpoint(domain, options));
  return endpoints;
}

}  // namespace gantry::images
