// A /dev/shm that several containers use (IpcMode "shareable"): a tmpfs on the host, bound into
// each. Platform seam: shared_memory_<os>.cpp. [per-object] by the owner's lease.
#pragma once

#include <cstdint>
#include <filesystem>

namespace gantry::services {

/// Mounts it on `directory`, which is made. Throws Error.
void mount_shared_memory(const std::filesystem::path& directory, std::int64_t bytes);
/// Nothing mounted there: no error. Never throws.
void unmount_shared_memory(const std::filesystem::path& directory) noexcept;

}  // namespace gantry::services
