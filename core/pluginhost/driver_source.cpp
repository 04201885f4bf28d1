#include "core/pluginhost/driver_source.hpp"

#include <gantry/cpp/gate.hpp>

#include "core/pluginhost/abi_call.hpp"
#include "core/pluginhost/adapters.hpp"

namespace gantry::pluginhost {

std::unique_ptr<DriverSource> DriverSource::of(const std::string& id, const gantry_plugin& plugin) {
  if (!plugin.extension) return nullptr;
  const void* table = plugin.extension(plugin.self, GANTRY_EXT_VOLUME_DRIVERS);
  if (!table) return nullptr;
  return std::make_unique<DriverSource>(id, plugin.self,
                                        *static_cast<const gantry_ext_volume_drivers*>(table));
}

Volume& DriverSource::get(const std::string& driver, const Op& op) {
  gantry_volume_driver found{};
  found.size = sizeof found;
  const OpBridge bridge(op);
  call(id_, "resolve", table_.resolve, self_, driver.c_str(), bridge.get(), &found);
  const std::string fault = found.table
                                ? sdk::gate::check_slots("table of the driver", found.table,
                                                         sdk::gate::slots_of(GANTRY_KIND_VOLUME))
                                : "gave no table";
  if (!fault.empty())
    throw Error(Errc::internal, "plugin \"" + id_ + "\": driver \"" + driver + "\": " + fault);
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Volume>& adapter = drivers_[driver];
  if (!adapter) adapter = adapt_volume(id_, driver, found.self, *found.table);
  return *adapter;
}

std::vector<std::string> DriverSource::names() {
  Sink out;
  call(id_, "names", table_.names, self_, out.get());
  const auto document = parse_result(id_, "names", out.take());
  return read_result(id_, "names", [&] { return document.root().strings(); });
}

}  // namespace gantry::pluginhost
