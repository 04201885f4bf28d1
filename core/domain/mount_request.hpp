// HostConfig.Binds, Mounts and Tmpfs as mount points (behaviours.md 5.3). Pure: nothing looks at
// the disk.
#pragma once

#include <vector>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// "src:dst[:mode]" or "dst" (anonymous volume). Throws Error{invalid} `invalid volume
/// specification: …`.
MountPoint parse_bind(const std::string& spec, const std::string& volume_driver);

/// Mount points of Binds, then Mounts; duplicates throw `Duplicate mount point: /b`.
std::vector<MountPoint> parse_mounts(const json::Node& host_config, int api_minor);

/// Cleans an absolute path lexically ("/a//b/../c/" → "/a/c").
std::string clean_path(std::string_view path);

}  // namespace gantry::domain
