// How the registry client behaves; plain values, filled from configuration and environment.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/images/registry_endpoint.hpp"

namespace gantry::images {

struct RegistryOptions {
  /// "host", "host:port" or a network ("10.0.0.0/8"): plain HTTP, or TLS without verification, is
  /// allowed. Loopback always is.
  std::vector<std::string> insecure_hosts;
  /// Of each registry, in a directory that is called like it (registry_tls.hpp). "": none.
  std::string certificates_dir;
  /// Of a registry ("docker.io"): where it is read from before it is asked itself.
  std::map<std::string, std::vector<RegistryEndpoint>> mirrors;
  std::string user_agent = "gantry";
  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::milliseconds stall_timeout{30'000};  // without a byte while one is awaited
  std::chrono::milliseconds retry_delay{1'000};     // before the second try; doubles from there on
  unsigned tries = 5;
  unsigned parallel_downloads = 3;
  unsigned parallel_uploads = 5;
  /// URLs; empty: direct. Loopback and `no_proxy` hosts never go through them.
  std::string http_proxy, https_proxy, no_proxy;

  bool is_insecure(const Origin& origin) const;
  /// URL of the proxy for this origin, empty when it is reached directly.
  std::string proxy_for(const Origin& origin) const;
  /// Takes HTTP_PROXY, HTTPS_PROXY and NO_PROXY (lower case too).
  void read_environment();
};

}  // namespace gantry::images
