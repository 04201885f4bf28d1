#include "core/services/volumes.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/services/directory_size.hpp"
#include "core/services/volumes_impl.hpp"

namespace gantry::services {
namespace {

/// What the driver says now, over what we noted at create.
domain::VolumeRecord merged(domain::VolumeRecord record, const pluginhost::VolumeState& state) {
  record.mountpoint = state.mountpoint;
  record.status_json = state.status_json;
  if (record.created == 0) record.created = state.created_at;
  return record;
}

domain::VolumeRecord unknown_to_us(const std::string& name, pluginhost::Volume& driver) {
  domain::VolumeRecord record;
  record.name = name;
  record.driver = driver.driver();
  record.scope = driver.scope();
  return record;
}

}  // namespace

Volumes::Volumes(state::Journal& journal, state::EventBus& events, pluginhost::PluginHost& plugins)
    : impl_(std::make_unique<Impl>(journal, events, plugins)) {
  impl_->load();
}

Volumes::~Volumes() = default;

void Volumes::Impl::load() {
  journal.each(kVolumeKind, [&](const std::string& name, std::string document) {
    try {
      records.emplace(name, domain::volume_from_journal(std::move(document)));
    } catch (const Error& error) {
      log::error("volume " + name +
                 ": its record cannot be read and is left alone: " + error.what());
    }
  });
}

std::optional<domain::VolumeRecord> Volumes::Impl::find_record(const std::string& name) const {
  const std::lock_guard lock(mutex);
  const auto it = records.find(name);
  if (it == records.end()) return std::nullopt;
  return it->second;
}

std::optional<domain::VolumeRecord> Volumes::Impl::find(const std::string& name) const {
  if (name.empty()) return std::nullopt;
  if (auto record = find_record(name)) {
    pluginhost::Volume& driver = plugins.get_volume(record->driver);
    const auto state = driver.find(name);
    if (!state) return std::nullopt;
    auto volume = merged(std::move(*record), *state);
    if (volume.mountpoint.empty()) volume.mountpoint = driver.path(name);
    return volume;
  }
  // A driver may know volumes that were not made through us.
  for (pluginhost::Volume* driver : plugins.volumes())
    if (const auto state = driver->find(name)) return merged(unknown_to_us(name, *driver), *state);
  return std::nullopt;
}

domain::VolumeRecord Volumes::Impl::get(const std::string& name) const {
  if (auto volume = find(name)) return *volume;
  throw Error(Errc::not_found, "get " + name + ": no such volume");
}

std::vector<std::string> Volumes::Impl::users(const std::string& name) const {
  const std::lock_guard lock(mutex);
  const auto it = references.find(name);
  if (it == references.end()) return {};
  return {it->second.begin(), it->second.end()};
}

void Volumes::Impl::add_reference(const std::string& name, const std::string& container_id) {
  const std::lock_guard lock(mutex);
  if (removing.count(name) > 0) throw Error(Errc::not_found, "get " + name + ": no such volume");
  references[name].insert(container_id);
}

void Volumes::Impl::publish_event(const std::string& action, const domain::VolumeRecord& volume,
                                  std::map<std::string, std::string> attributes) {
  domain::Event event;
  event.type = "volume";
  event.action = action;
  event.actor_id = volume.name;
  event.attributes = std::move(attributes);
  event.attributes["driver"] = volume.driver;
  events.publish(std::move(event));
}

domain::VolumeRecord Volumes::get(const std::string& name) const { return impl_->get(name); }

std::optional<domain::VolumeRecord> Volumes::find(const std::string& name) const {
  return impl_->find(name);
}

std::vector<domain::VolumeRecord> Volumes::list(std::vector<std::string>* warnings) const {
  std::map<std::string, domain::VolumeRecord> found;
  for (pluginhost::Volume* driver : impl_->plugins.volumes()) {
    try {
      for (const pluginhost::VolumeState& state : driver->list()) {
        auto record = impl_->find_record(state.name);
        // Of two drivers with a volume of one name, the one our record names wins.
        if (record && record->driver != driver->driver()) continue;
        found.emplace(state.name,
                      merged(record ? *record : unknown_to_us(state.name, *driver), state));
      }
    } catch (const Error& error) {
      log::warn("volume driver " + driver->driver() + ": list: " + error.what());
      if (warnings != nullptr)
        warnings->push_back("list " + driver->driver() + ": " + error.what());
    }
  }
  std::vector<domain::VolumeRecord> volumes;
  for (auto& [name, volume] : found) volumes.push_back(std::move(volume));
  return volumes;
}

std::vector<std::string> Volumes::users(const std::string& name) const {
  return impl_->users(name);
}

void Volumes::add_reference(const std::string& name, const std::string& container_id) {
  impl_->add_reference(name, container_id);
}

void Volumes::drop_reference(const std::string& name, const std::string& container_id) {
  const std::lock_guard lock(impl_->mutex);
  const auto it = impl_->references.find(name);
  if (it == impl_->references.end()) return;
  it->second.erase(container_id);
  if (it->second.empty()) impl_->references.erase(it);
}

std::int64_t Volumes::size(const domain::VolumeRecord& volume) const {
  if (volume.driver != "local" || volume.mountpoint.empty()) return -1;
  return directory_size(volume.mountpoint);
}

}  // namespace gantry::services
