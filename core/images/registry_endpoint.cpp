#include "core/images/registry_endpoint.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/registry_options.hpp"

namespace gantry::images {

RegistryEndpoint registry_endpoint(const std::string& domain, const RegistryOptions& options) {
  RegistryEndpoint endpoint;
  endpoint.origin = registry_origin(domain);
  endpoint.insecure = options.is_insecure(endpoint.origin);
  if (endpoint.insecure) {
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
  return {parsed.origin, parsed.target, /*mirror=*/true, /*insecure=*/false};
}

std::vector<RegistryEndpoint> read_endpoints(const std::string& domain,
                                             const RegistryOptions& options) {
  std::vector<RegistryEndpoint> endpoints;
  if (const auto mirrors = options.mirrors.find(text::lower(domain));
      mirrors != options.mirrors.end())
    endpoints = mirrors->second;
  for (RegistryEndpoint& mirror : endpoints) mirror.insecure = options.is_insecure(mirror.origin);
  endpoints.push_back(registry_endpoint(domain, options));
  return endpoints;
}

}  // namespace gantry::images
