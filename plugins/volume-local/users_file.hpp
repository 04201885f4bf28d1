// Who uses a mounted volume, kept in the run directory so that a restarted daemon does not unmount
// under a running container, nor leave mounts behind. The caller serialises per file. Throws
// gantry::sdk::Error.
#pragma once

#include <set>
#include <string>

namespace volume_local {

std::set<std::string> read_users(const std::string& path);
/// No users: the file goes.
void write_users(const std::string& path, const std::set<std::string>& users);

}  // namespace volume_local
