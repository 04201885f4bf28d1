// All volumes of all drivers. One that does not answer costs its warning and a bounded wait; what
// we know of its volumes is shown all the same, as in Docker.
#include <set>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/services/volumes/volumes_impl.hpp"

namespace gantry::services {
namespace {

using domain::VolumeRecord;

class Listing {
 public:
  explicit Listing(std::map<std::string, VolumeRecord> records) : records_(std::move(records)) {}

  void add(const std::string& driver, const std::string& scope,
           const std::vector<pluginhost::VolumeState>& volumes) {
    asked_.insert(driver);
    for (const pluginhost::VolumeState& state : volumes) {
      VolumeRecord volume;
      if (const auto it = records_.find(state.name); it != records_.end()) {
        // Of two drivers with a volume of one name, the one our record names wins.
        if (it->second.driver != driver) continue;
        volume = it->second;
      } else {
        volume.name = state.name;
        volume.driver = driver;
        volume.scope = scope;
      }
      found_.emplace(state.name, merged(std::move(volume), state));
    }
  }

  void failed(const std::string& driver, const std::string& why) {
    asked_.insert(driver);
    log::warn("volume driver " + driver + ": list: " + why);
    warnings_.push_back("list " + driver + ": " + why);
    for (const auto& [name, record] : records_)
      if (record.driver == driver) found_.emplace(name, record);
  }

  /// Volumes whose driver nobody has now.
  void add_rest() {
    for (const auto& [name, record] : records_)
      if (asked_.count(record.driver) == 0)
        failed(record.driver, "plugin \"" + record.driver + "\" not found");
  }

  std::vector<VolumeRecord> take(std::vector<std::string>* warnings) {
    std::vector<VolumeRecord> volumes;
    for (auto& [name, volume] : found_) volumes.push_back(std::move(volume));
    if (warnings) *warnings = std::move(warnings_);
    return volumes;
  }

 private:
  std::map<std::string, VolumeRecord> records_, found_;
  std::set<std::string> asked_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::vector<VolumeRecord> Volumes::list(std::vector<std::string>* warnings) const {
  std::map<std::string, VolumeRecord> records;
  {
    const std::lock_guard lock(impl_->mutex);
    records = impl_->records;
  }
  Listing listing(std::move(records));
  for (pluginhost::Volume* driver : impl_->plugins.volumes()) {
    if (driver->driver() != kDefaultDriver) continue;
    try {
      listing.add(driver->driver(), driver->scope(), driver->list());
    } catch (const Error& error) {
      listing.failed(driver->driver(), error.what());
    }
  }
  for (const DriverProbe::Answer& answer : impl_->probe.list()) {
    if (answer.volumes)
      listing.add(answer.driver, answer.scope, *answer.volumes);
    else
      listing.failed(answer.driver, answer.error);
  }
  listing.add_rest();
  return listing.take(warnings);
}

}  // namespace gantry::services
