// What all connections of one pull or push share: which registry and scheme, credentials, and the
// current token. Any thread; token requests run one at a time, the others wait for their result.
// Errors as RegistryConnection's, and Error{internal} in the registry's words when it refuses to
// give a token.
#pragma once

#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "core/images/reference.hpp"
#include "core/images/registry_auth.hpp"
#include "core/images/registry_challenge.hpp"
#include "core/images/registry_connection.hpp"
#include "core/images/registry_endpoint.hpp"

namespace gantry::images {

/// The scope of a token that may write to a repository.
inline std::string push_scope(const Reference& target) {
  return "repository:" + target.path + ":pull,push";
}

class RegistrySession {
 public:
  /// A mirror is spoken to without `auth`, which is the registry's.
  RegistrySession(const RegistryEndpoint& endpoint, const Reference& repository, RegistryAuth auth,
                  const RegistryOptions& options, std::stop_token stop);
  /// With the registry itself.
  RegistrySession(const Reference& repository, RegistryAuth auth, const RegistryOptions& options,
                  std::stop_token stop);

  /// Tokens are asked for with these scopes ("repository:team/app:pull,push") instead of what a
  /// challenge names. Before the first request.
  void want_scopes(std::vector<std::string> scopes) { scopes_ = std::move(scopes); }

  /// "/v2/"
  std::string api_path() const { return prefix_ + "/v2/"; }
  /// "/v2/<path>"
  std::string base_path() const { return api_path() + repository_path_; }
  bool is_mirror() const { return mirror_; }
  const RegistryOptions& options() const { return options_; }
  const std::stop_token& stop() const { return stop_; }
  TlsSettings& tls() { return tls_; }

  Origin origin() const;
  bool verifies_tls() const;
  /// An insecure host that did not understand plain HTTP: TLS without verification from now on.
  /// False when that is no option, or the host has answered as a registry does.
  bool switch_to_tls();
  void has_answered();

  /// Value for the Authorization header; empty: none yet.
  std::string authorization() const;
  /// After a 401: gets what its challenges ask for. False when that would be no other than `used`,
  /// the header that was just refused.
  bool answer(const std::vector<std::string>& challenges, const std::string& used);

 private:
  std::string fetch_token(const Challenge& challenge);

  const std::string prefix_, repository_path_;
  const bool mirror_;
  const RegistryAuth auth_;
  const RegistryOptions& options_;
  const std::stop_token stop_;
  TlsSettings tls_;
  std::vector<std::string> scopes_;

  mutable std::mutex mutex_;  // the members below
  Origin origin_;
  bool insecure_, answered_ = false;
  std::string authorization_;
  std::mutex token_mutex_;  // held over a token request; before mutex_
};

}  // namespace gantry::images
