// Small files read and written whole, and directories made. Errors: os_error naming the path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::oci {

/// nullopt when it is not there. Reads at most `max_bytes`; works for /proc and /sys files.
std::optional<std::string> find_text(const std::string& path, std::size_t max_bytes = 16u << 20);
/// Writes to an existing file (a kernel setting) in one write.
void write_setting(const std::string& path, std::string_view value);
/// Writes a temporary file beside `path` and renames it: readers see the old or the new content.
/// Not synced: what it guards is lost with the machine's running state anyway, or can be made
/// again.
void replace_file(const std::string& path, std::string_view content, unsigned mode = 0600);
/// Like mkdir; an existing directory is fine.
void make_directory(const std::string& path, unsigned mode = 0700);
bool exists(const std::string& path);
void write_all(int fd, std::string_view data, const std::string& what);

}  // namespace gantry::oci
