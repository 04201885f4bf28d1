#include "core/api/model/system_json.hpp"
#include "core/base/api_version.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {
std::string version_json(const services::EngineFacts& facts, const services::HostFacts& host) {
  const std::string arch = host.go_architecture();
  json::Writer w;
  w.begin_object();
  w.key("Platform").begin_object().field("Name", "Gantry Engine").end_object();
  w.key("Components").begin_array();
  w.begin_object().field("Name", "Engine").field("Version", facts.version);
  w.key("Details")
      .begin_object()
      .field("ApiVersion", api_version(kNewestApiMinor))
      .field("Arch", arch)
      .field("BuildTime", facts.build_time)
      .field("Experimental", "false")
      .field("GitCommit", facts.git_commit)
      .field("GoVersion", facts.compiler)
      .field("KernelVersion", host.kernel)
      .field("MinAPIVersion", api_version(kOldestApiMinor))
      .field("Os", "linux")
      .end_object();
  w.end_object();
  if (!host.runtime_name.empty()) {
    w.begin_object().field("Name", host.runtime_name).field("Version", host.runtime_version);
    w.key("Details").begin_object().field("Path", host.runtime_path).end_object();
    w.end_object();
  }
  w.end_array();
  w.field("Version", facts.version)
      .field("ApiVersion", api_version(kNewestApiMinor))
      .field("MinAPIVersion", api_version(kOldestApiMinor))
      .field("GitCommit", facts.git_commit)
      .field("GoVersion", facts.compiler)
      .field("Os", "linux")
      .field("Arch", arch)
      .field("KernelVersion", host.kernel)
      .field("BuildTime", facts.build_time)
      .end_object();
  return w.take();
}

}  // namespace gantry::api
