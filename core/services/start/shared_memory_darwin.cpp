#include "core/base/error.hpp"
#include "core/services/start/shared_memory.hpp"

namespace gantry::services {

void mount_shared_memory(const std::filesystem::path&, std::int64_t) {
  throw Error(Errc::unsupported,
              "HostConfig.IpcMode: containers cannot share memory on this platform");
}

void unmount_shared_memory(const std::filesystem::path&) noexcept {}

}  // namespace gantry::services
