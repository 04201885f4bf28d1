// volume-docker: drivers that speak Docker's volume plugin protocol, each in a process of its own.
// A driver is found when its name is first used, and stays known.
#include <gantry/cpp/volume.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "discovery.hpp"
#include "driver.hpp"
#include "settings.hpp"

namespace volume_docker {

namespace sdk = gantry::sdk;

class VolumeDocker final : public sdk::VolumeDrivers {
 public:
  explicit VolumeDocker(const sdk::Host& host)
      : host_(host),
        settings_(parse_settings(host.config())),
        discovery_(settings_.sockets, settings_.specs) {}

  sdk::Volume& resolve(const std::string& name, const sdk::Op& op) override {
    Driver& driver = known(name);
    driver.activate(op);
    return driver;
  }

  std::vector<std::string> names() override {
    std::set<std::string> names = discovery_.names();
    const std::lock_guard lock(mutex_);
    for (const auto& [name, driver] : drivers_)
      if (driver->is_something_else()) names.erase(name);
    return {names.begin(), names.end()};
  }

 private:
  Driver& known(const std::string& name) {
    {
      const std::lock_guard lock(mutex_);
      const auto it = drivers_.find(name);
      if (it != drivers_.end()) return *it->second;
    }
    auto endpoint = discovery_.find(name);
    if (!endpoint) throw sdk::Error(GANTRY_NOT_FOUND, "plugin \"" + name + "\" not found");
    auto driver =
        std::make_unique<Driver>(name, std::move(*endpoint), discovery_, settings_, host_);
    const std::lock_guard lock(mutex_);
    // Never taken out again: the host keeps what resolve() gave.
    return *drivers_.emplace(name, std::move(driver)).first->second;
  }

  const sdk::Host host_;
  const Settings settings_;
  const Discovery discovery_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Driver>> drivers_;  // guarded by mutex_
};

}  // namespace volume_docker

GANTRY_PLUGIN(volume_docker::VolumeDocker, "volume-docker",
              "Third-party volume drivers that speak Docker's plugin protocol")
