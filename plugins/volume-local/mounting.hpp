// Mounting of filesystems on this system (mounting_<os>.cpp). Any thread; a network filesystem may
// block for minutes. Throws gantry::sdk::Error.
#pragma once

#include <string>

namespace volume_local {

/// `options` as in mount(8)'s -o: known words become flags, the rest is the filesystem's data. The
/// error text is dockerd's: "mount <device>:<target>, flags: 0x1000, data: …: no such file or
/// directory".
void mount_filesystem(const std::string& device, const std::string& target, const std::string& type,
                      const std::string& options);
void unmount_filesystem(const std::string& target);
bool is_mounted(const std::string& target);
/// Something is mounted at or below this directory.
bool has_mounts_below(const std::string& directory);

}  // namespace volume_local
