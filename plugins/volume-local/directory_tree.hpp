// Files and directories of volumes. Throws gantry::sdk::Error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volume_local {

/// `name` with a prefix in front, still at most 255 bytes (NAME_MAX): a long name is cut and ends
/// in "~" and its hash. No volume has a '~' in its name, so cut and whole names do not meet.
std::string prefixed_name(const std::string& prefix, const std::string& name);

void make_directory(const std::string& path, unsigned mode);
/// rm -rf without following links; missing: fine.
void remove_tree(const std::string& path);
void rename_path(const std::string& from, const std::string& to);
/// By a temporary file "<path>.new" and a rename.
void write_file(const std::string& path, std::string_view text);
/// Waits until its content is on the disk.
void sync_file(const std::string& path);
std::optional<std::string> find_file(const std::string& path);
/// Names in a directory, without "." and "..".
std::vector<std::string> names_in(const std::string& directory);

}  // namespace volume_local
