#include "core/services/start/device_requests.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/devices/cdi_name.hpp"

namespace gantry::services {
namespace {

using Names = std::vector<std::string>;

/// Whose devices answer requests that name capabilities instead of devices (`--gpus`).
struct GpuVendor {
  std::string_view driver;
  std::string kind;
  std::vector<std::string_view> capabilities;
};

const std::vector<GpuVendor>& gpu_vendors() {
  static const std::vector<GpuVendor> vendors = {
      {"nvidia",
       "nvidia.com/gpu",
       {"gpu", "nvidia", "compute", "compat32", "graphics", "utility", "video", "display"}},
      {"amd", "amd.com/gpu", {"gpu", "amd"}}};
  return vendors;
}

[[noreturn]] void fail(const std::string& message) { throw Error(Errc::internal, message); }

/// Lists of capabilities: one of them must be there as a whole.
bool can(const GpuVendor& vendor, const json::Node& capabilities) {
  bool matches = false;
  capabilities.each_item([&](json::Node list) {
    const Names wanted = list.strings();
    matches = matches || std::all_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
                return std::ranges::count(vendor.capabilities, name) > 0;
              });
  });
  return matches;
}

[[noreturn]] void refuse(const json::Node& request, const std::string& why = {}) {
  std::string capabilities;
  request["Capabilities"].each_item([&](json::Node list) {
    std::string names;
    for (const std::string& name : list.strings()) names += (names.empty() ? "" : " ") + name;
    capabilities += (capabilities.empty() ? "[" : " [") + names + "]";
  });
  fail("could not select device driver \"" + request["Driver"].str() + "\" with capabilities: [" +
       capabilities + "]" + why);
}

Names by_name(const json::Node& request) {
  if (request["Count"].i64() != 0) fail("unexpected count in CDI device request");
  if (request["Options"].size() > 0) fail("unexpected options in CDI device request");
  return request["DeviceIDs"].strings();
}

Names of_vendor(const json::Node& request, const GpuVendor& vendor, size_t installed) {
  const std::int64_t count = request["Count"].i64();
  const Names ids = request["DeviceIDs"].strings();
  if (count != 0 && !ids.empty()) fail("cannot set both Count and DeviceIDs on device request");
  Names names;
  if (count < 0) names.push_back(vendor.kind + "=all");
  // A count beyond what is there is refused by the first few that are not.
  const size_t enough = std::max<size_t>(installed, 64) + 1;
  for (size_t i = 0; count > 0 && i < std::min(static_cast<size_t>(count), enough); ++i)
    names.push_back(vendor.kind + "=" + std::to_string(i));
  for (const std::string& id : ids)
    names.push_back(devices::find_cdi_name(id) ? id : vendor.kind + "=" + id);
  return names;
}

Names by_capability(const json::Node& request, const devices::CdiRegistry& registry) {
  const std::string driver = request["Driver"].str();
  std::set<std::string> kinds;
  for (const GpuVendor& vendor : gpu_vendors()) {
    if (!driver.empty() && driver != vendor.driver) continue;
    if (!can(vendor, request["Capabilities"])) continue;
    if (const size_t installed = registry.count(vendor.kind); installed > 0)
      return of_vendor(request, vendor, installed);
    kinds.insert(vendor.kind);
  }
  refuse(request, kinds.empty() ? std::string() : registry.faults_about(kinds));
}

/// A --device of clients that do not make a request of it.
Names among_devices(const json::Node& host_config) {
  Names names;
  host_config["Devices"].each_item([&](json::Node item) {
    const std::string path = item["PathOnHost"].str();
    if (devices::find_cdi_name(path)) names.push_back(path);
  });
  return names;
}

}  // namespace

bool asks_for_cdi_devices(const json::Node& hc) {
  return hc["DeviceRequests"].size() > 0 || !among_devices(hc).empty();
}

std::vector<std::string> requested_cdi_devices(const json::Node& hc,
                                               const devices::CdiRegistry* registry) {
  Names names = among_devices(hc);
  if (!registry && !names.empty())
    fail("could not select device driver \"cdi\" with capabilities: []");
  hc["DeviceRequests"].each_item([&](json::Node request) {
    if (!registry) refuse(request);
    const Names more =
        request["Driver"].str() == "cdi" ? by_name(request) : by_capability(request, *registry);
    names.insert(names.end(), more.begin(), more.end());
  });
  return names;
}

}  // namespace gantry::services
