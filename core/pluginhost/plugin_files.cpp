#include "core/pluginhost/plugin_files.hpp"

#include <algorithm>
#include <set>

namespace gantry::pluginhost {

namespace fs = std::filesystem;

std::optional<fs::path> find_plugin_file(const std::vector<fs::path>& directories,
                                         const std::string& id) {
  // Ids come from the configuration; one with a slash would leave the directory.
  if (id.empty() || id.find('/') != std::string::npos) return std::nullopt;
  for (const auto& directory : directories) {
    for (const std::string& name : {id + ".so", "lib" + id + ".so"}) {
      std::error_code ec;
      const fs::path file = fs::absolute(directory / name, ec);
      if (!ec && fs::is_regular_file(file, ec)) return file;
    }
  }
  return std::nullopt;
}

std::vector<fs::path> plugin_files(const std::vector<fs::path>& directories) {
  std::vector<fs::path> files;
  std::set<fs::path> seen;  // the same directory may be given twice, or through a link
  for (const auto& directory : directories) {
    std::error_code ec;
    std::vector<fs::path> here;
    for (fs::directory_iterator it(directory, ec), end; !ec && it != end; it.increment(ec)) {
      std::error_code ignored;
      if (it->path().extension() == ".so" && it->is_regular_file(ignored))
        here.push_back(fs::absolute(it->path(), ignored));
    }
    std::sort(here.begin(), here.end());
    for (auto& file : here) {
      std::error_code ignored;
      if (seen.insert(fs::canonical(file, ignored)).second) files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace gantry::pluginhost
