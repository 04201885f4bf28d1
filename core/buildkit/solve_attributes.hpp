// What a client asks of the frontend dockerfile.v0, as text pairs, made into a build. Pure, any
// thread. Errors: Error{invalid}, and Error{unsupported} for what would be left out silently.
#pragma once

#include <map>
#include <string>

#include "core/buildkit/definition.hpp"
#include "core/services/builds/build_request.hpp"

namespace gantry::buildkit {

using Attributes = std::map<std::string, std::string>;

struct SolveAttributes {
  services::BuildRequest request;  // without names, logins and secrets
  std::string filename = "Dockerfile";
  /// Directories of the client, as it calls them.
  std::string context = "context", dockerfile = "dockerfile";
  /// The Dockerfile comes from `dockerfile` even when the context is elsewhere.
  bool has_dockerfile = false;
  /// In place of the directory, as is the request's repository; empty: none.
  std::string context_url;
  std::map<std::string, std::string> named_directories;         // by build::context_name()
  std::map<std::string, std::string> shared_keys;               // of those that have one
  std::map<std::string, services::RemoteSource> named_remotes;  // by build::context_name()
  std::map<std::string, std::string> sessions;  // of directories that another session has
  std::string question;  // what is asked in place of a build: "frontend.lint"; empty: nothing
};

/// `inputs`: what other builds have made or will fetch, by the names that attributes call them by.
SolveAttributes read_attributes(const std::string& frontend, const Attributes& attributes,
                                const Inputs& inputs);

}  // namespace gantry::buildkit
