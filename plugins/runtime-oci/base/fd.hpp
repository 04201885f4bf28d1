// File descriptors: the owner type, and opening with errors as exceptions. All descriptors are
// CLOEXEC.
#pragma once

#include <string>
#include <vector>

#include "protocol/unique_fd.hpp"

namespace gantry::oci {

using shim::UniqueFd;

/// Opens relative to `dir` (AT_FDCWD for none); throws os_error naming the path.
UniqueFd open_at(int dir, const std::string& path, int flags, unsigned mode = 0);
/// An empty owner when it does not exist (ENOENT, ENOTDIR); throws on anything else.
UniqueFd find_at(int dir, const std::string& path, int flags);
/// A directory for use as the base of further *at calls; never through a link in the last
/// component.
UniqueFd open_directory(int dir, const std::string& path);
enum class Links { follow, refuse };
/// Something below `dir`, however it is renamed or replaced meanwhile; `refuse`: no component may
/// be a symbolic link. Empty, with errno, when it cannot be opened; EXDEV: it leads out of `dir`.
UniqueFd open_beneath(int dir, const std::string& path, int flags, Links links);
UniqueFd duplicate(int fd);
std::vector<int> numbers_of(const std::vector<UniqueFd>& fds);

}  // namespace gantry::oci
