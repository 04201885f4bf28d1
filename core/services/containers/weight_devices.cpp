#include "core/services/containers/weight_devices.hpp"

#include "core/json/writer.hpp"
#include "core/services/start/device_weight.hpp"

namespace gantry::services {

void discard_weight_devices(domain::CreateRequest& request) {
  constexpr std::string_view kField = "BlkioWeightDevice";
  const auto document = request.host_config.document();
  std::vector<std::string> kept;
  document.root()[kField].each_item([&](json::Node device) {
    if (takes_weight(device["Path"].str())) kept.push_back(device.raw());
  });
  if (kept.size() == document.root()[kField].size()) return;
  json::Writer out;
  out.begin_object();
  document.root().each_member([&](std::string_view name, json::Node value) {
    out.key(name);
    if (name != kField) return void(out.raw(value.raw()));
    out.begin_array();
    for (const std::string& device : kept) out.raw(device);
    out.end_array();
  });
  out.end_object();
  request.host_config.json = out.take();
  request.warnings.push_back(
      "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. "
      "Weight-device discarded.");
}

}  // namespace gantry::services
