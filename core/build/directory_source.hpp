// Files of a directory of this machine as sources. Nobody else writes there meanwhile. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/base/time.hpp"
#include "core/build/source_tree.hpp"

namespace gantry::build {

struct DirectoryRules {
  std::string place{};                  // where in the tree; empty: its root
  std::string left_out{};               // files and directories of this name
  std::optional<UnixNanos> mtime{};     // none: as the files say
  std::function<void()> check = [] {};  // called now and then; what it throws ends the work
};

/// Adds what is below `from`: as root's, with the permissions that a plain umask leaves. Links are
/// not followed; what is neither file, directory nor link is left out. Throws Error.
void add_directory(const std::filesystem::path& from, const DirectoryRules& rules,
                   SourceTree& into);

}  // namespace gantry::build
