#include "core/services/containers/container_usage.hpp"

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/json/reader.hpp"

namespace gantry::services {

ContainerUsage container_usage(pluginhost::Runtime& runtime, const std::string& container_id) {
  try {
    const auto document = json::Document::parse(runtime.rootfs_usage(container_id));
    return {document.root()["rw"].u64(), document.root()["total"].u64()};
  } catch (const Error& error) {
    log::debug("container " + container_id + ": disk usage: " + error.what());
    return {};
  }
}

}  // namespace gantry::services
