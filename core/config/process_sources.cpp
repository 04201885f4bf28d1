#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "core/config/config.hpp"
#include "core/config/executable_path.hpp"

namespace gantry::config {

Sources process_sources() {
  Sources sources;
  sources.uid = ::geteuid();
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::nullopt;
    return value;
  };
  // bin/ and its neighbours have the same shape in the build tree and below an installation prefix.
  const fs::path prefix = executable_path().parent_path().parent_path();
  for (const fs::path& directory :
       {prefix / "lib/gantry/plugins", prefix / GANTRY_LIBDIR "/gantry/plugins",
        fs::path("/usr/local/lib/gantry/plugins")})
    if (std::find(sources.plugin_directories.begin(), sources.plugin_directories.end(),
                  directory) == sources.plugin_directories.end())
      sources.plugin_directories.push_back(directory);
  return sources;
}

}  // namespace gantry::config
