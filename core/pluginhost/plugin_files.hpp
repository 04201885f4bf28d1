// Finds plugin libraries in directories. Reads directories only; loads nothing. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gantry::pluginhost {

/// <directory>/<id>.so or <directory>/lib<id>.so, the first hit in the order of the directories.
std::optional<std::filesystem::path> find_plugin_file(
    const std::vector<std::filesystem::path>& directories, const std::string& id);

/// Every library in the directories, directory by directory, sorted by name. Missing directories
/// are empty.
std::vector<std::filesystem::path> plugin_files(
    const std::vector<std::filesystem::path>& directories);

}  // namespace gantry::pluginhost
