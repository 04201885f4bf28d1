// What a build is given: a Dockerfile and the files it may copy. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/build/source_tree.hpp"
#include "core/services/builds/build_request.hpp"
#include "core/services/builds/client_files.hpp"
#include "core/services/builds/remote_source.hpp"

namespace gantry::services {

struct BuildContext {
  explicit BuildContext(const std::filesystem::path& directory) : files(directory) {}
  ClientFiles files;
  std::string dockerfile;  // its text
  /// The patterns of what the client leaves out. Empty: nobody knows.
  std::function<std::vector<std::string>()> ignored{};
  /// Directories besides it, by build::context_name().
  std::map<std::string, ClientFiles> named{};

  /// By that name; empty: the context itself. Null: there is none.
  ClientFiles* find(const std::string& name);
};

/// From the body: a tar, plain or compressed.
void receive_context(const BuildRequest& request, const std::function<std::string_view()>& body,
                     BuildContext& into);
/// A stream that is a tar, or (false) a Dockerfile alone, which is then a file of that name.
/// `directory`: where it is kept meanwhile.
bool read_context(const images::TarReader::Source& source, const std::filesystem::path& directory,
                  build::SourceTree& into);
/// From the request's repository or remote: a Git repository, a tar, or a Dockerfile alone.
void fetch_context(const RemoteAccess& access, BuildContext& into);

}  // namespace gantry::services
