// Whole-file reading and atomic writing, and directory helpers. Any thread. Errors: gantry::Error.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"

namespace gantry::file {

namespace fs = std::filesystem;

/// Opens with O_CLOEXEC and retries EINTR; throws Error (not_found for ENOENT) naming the path.
UniqueFd open(const fs::path& path, int flags, mode_t mode = 0600);
/// Whole content; throws Error (not_found for ENOENT).
std::string read(const fs::path& path);
std::string read(int fd);
/// For what others write. Throws Error{exhausted} when there are more bytes than `most`.
std::string read(const fs::path& path, std::size_t most);
/// Content, or nullopt when the file does not exist.
std::optional<std::string> find(const fs::path& path);
/// Writes to a temporary beside `path`, then renames over it: readers see the old or the new
/// content.
void write_atomic(const fs::path& path, std::string_view content, mode_t mode = 0600);
/// Writes everything, retrying EINTR and short writes; throws Error.
void write_all(int fd, std::string_view content);
/// mkdir -p with `mode` for the directories it makes.
void make_directories(const fs::path& path, mode_t mode = 0710);
/// rm -rf; a missing path is no error; throws Error when something stays.
void remove_tree(const fs::path& path);

}  // namespace gantry::file
