// The build context of a client with a session: its Dockerfile, its directory and the named ones.
// One thread; the files that a build asks for later may be asked for by any.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "core/buildkit/file_sync.hpp"
#include "core/buildkit/known_files.hpp"
#include "core/buildkit/session.hpp"
#include "core/buildkit/solve_attributes.hpp"
#include "core/buildkit/vertex_output.hpp"
#include "core/services/builds/build_context.hpp"

namespace gantry::buildkit {

/// Brings a context that is neither at a URL nor a directory of the client. False: it is a
/// Dockerfile alone.
using ContextReader = std::function<bool(build::SourceTree& into)>;

class ClientContext {
 public:
  struct World {
    /// The session that has a directory of the client.
    std::function<SessionPtr(const std::string& directory)> session;
    std::function<void(const services::RemoteSource&, build::SourceTree& into,
                       const std::stop_token& stop)>
        fetch;
    KnownFiles& known;
    ContextReader given;  // empty: there is none
  };
  /// All that is referred to outlives this.
  ClientContext(const SolveAttributes& attributes, World world, VertexOutput& output,
                std::stop_token stop)
      : attributes_(attributes),
        world_(std::move(world)),
        output_(output),
        stop_(std::move(stop)) {}

  /// The context is at a URL that is none of the client's own; it is read first then.
  bool is_elsewhere() const;
  /// `directory`: where contents are kept. What the client has of files comes later, as the build
  /// asks for them: this outlives `into`. Throws as services/build_context.hpp.
  void read(const std::filesystem::path& directory, services::BuildContext& into);

 private:
  void read_dockerfile(const std::filesystem::path& directory, services::BuildContext& into);
  /// Brings files of a directory as the build asks for them. `shared_key`: see FileSelection.
  services::ClientFiles::Fetch fetch_from(const std::filesystem::path& directory,
                                          const std::string& name, const std::string& shared_key);
  void fetch(const FileSelection& selection, build::SourceTree& into, const std::stop_token& stop);
  /// Brings what the client has not itself.
  void fetch_remote(const std::string& name, const services::RemoteSource& source,
                    build::SourceTree& into, const std::stop_token& stop);
  /// The context is a stream, with a Dockerfile in it or a Dockerfile alone.
  void read_stream(const std::filesystem::path& directory, services::BuildContext& into);
  /// A tar that the client's session has as a stream.
  void read_upload(build::SourceTree& into);
  /// Patterns of what does not come from a directory.
  std::vector<std::string> ignored(const std::string& name, const std::filesystem::path& directory);

  const SolveAttributes& attributes_;
  const World world_;
  VertexOutput& output_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> ignored_;  // by directory
};

}  // namespace gantry::buildkit
