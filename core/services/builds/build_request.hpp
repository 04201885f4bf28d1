// POST /build as data.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "core/build/arguments.hpp"
#include "core/build/git_url.hpp"
#include "core/images/platform.hpp"
#include "core/images/reference.hpp"
#include "core/images/registry_auth.hpp"
#include "core/services/base/agent_link.hpp"

namespace gantry::services {

struct BuildRequest {
  std::vector<images::Reference> names;     // of the image; without a tag: latest
  std::string dockerfile = "Dockerfile";    // its path in the context
  std::string remote;                       // URL of a context, or of a Dockerfile; empty: the body
  std::optional<build::GitUrl> repository;  // in place of `remote`
  std::string target;
  std::optional<images::Platform> platform;
  build::GivenArguments arguments;
  std::optional<std::string> checks;  // in place of the Dockerfile's "# check="
  std::map<std::string, std::string> labels;
  std::vector<std::string> cache_from;
  std::string host_config = "{}";  // of the containers: JSON object of the API, without
  std::string network_mode;        // … this; empty: the default
  /// The login for the registry of this domain, empty ones where there is none.
  std::function<images::RegistryAuth(const std::string& domain)> login;
  /// What the client gives as this secret; nullopt: nothing.
  std::function<std::optional<std::string>(const std::string& id)> secret;
  /// Throws Error{not_found} when the client gives no SSH agent of this id. Empty: it gives none.
  std::function<void(const std::string& id)> require_agent;
  /// Connects those who come to a listening socket with that agent.
  std::function<std::unique_ptr<AgentLink>(const std::string& id, UniqueFd listener)> link_agent;
  /// Images in place of these names, wherever a Dockerfile takes files from or begins with an
  /// image; by build::context_name().
  std::map<std::string, std::string> named_images;
  std::vector<std::string> uncached_stages;  // by lower case names
  std::string id;                            // for cancelling; may be empty
  bool quiet = false;                        // nothing but the id
  /// Stages that the target takes nothing from are left out, a pattern of COPY may match nothing,
  /// and a syntax that this engine does not know is refused. The classic builder does otherwise.
  bool buildkit_rules = false;
  bool use_cache = true;
  bool pull_caches = false;          // images of cache_from that are not here
  bool dockerfile_apart = false;     // it is not in the context of `remote`
  std::optional<UnixNanos> created;  // when images say that they were made; none: now
  bool host_network = true;          // a command may ask for it
  bool pull = false;                 // images of FROM even if they are here
  bool remove = true;                // containers of steps that succeeded
  bool force_remove = false;         // those of a step that failed as well
};

}  // namespace gantry::services
