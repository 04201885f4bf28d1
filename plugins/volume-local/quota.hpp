// How much a directory may hold: a project quota of its filesystem (quota_<os>.cpp), as ext4 and
// XFS have them when mounted with prjquota. Any thread. Throws gantry::sdk::Error.
#pragma once

#include <cstdint>
#include <string>

namespace volume_local {

/// Whatever comes into `directory` counts for a project of its own, which may hold `bytes`, rounded
/// up to 512. To be repeated after what the filesystem does not keep: the limit is set again, the
/// project stays. The directory must be empty at first. GANTRY_INVALID, in dockerd's words, where
/// no project quotas are in force.
void limit_directory(const std::string& directory, std::uint64_t bytes);

/// Gives the limit up, so that another directory may have the project. Without a limit, or missing:
/// nothing.
void unlimit_directory(const std::string& directory);

}  // namespace volume_local
