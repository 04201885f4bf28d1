#include "core/services/volumes/volumes.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/text.hpp"
#include "core/json/reader.hpp"
#include "core/services/base/directory_size.hpp"
#include "core/services/volumes/volumes_impl.hpp"

namespace gantry::services {
namespace {

domain::VolumeRecord unknown_to_us(const std::string& name, const std::string& driver,
                                   const std::string& scope) {
  domain::VolumeRecord record;
  record.name = name;
  record.driver = driver;
  record.scope = scope;
  return record;
}

}  // namespace

domain::VolumeRecord merged(domain::VolumeRecord record, const pluginhost::VolumeState& state) {
  record.mountpoint = state.mountpoint;
  record.status_json = state.status_json;
  if (state.created_at != 0) record.created = state.created_at;
  return record;
}

Volumes::Volumes(state::Journal& journal, state::EventBus& events, pluginhost::PluginHost& plugins,
                 CheckBind check_bind)
    : impl_(std::make_unique<Impl>(journal, events, plugins, std::move(check_bind))) {
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
  journal.each(kVolumeFillKind, [&](const std::string& name, std::string document) {
    try {
      const auto fill = json::Document::parse(std::move(document));
      interrupted_fills[name] = {fill.root()["user"].str(), fill.root()["staging"].str(),
                                 fill.root()["subpath"].str()};
    } catch (const Error& error) {
      log::error("volume " + name + ": the note of a copy that was interrupted cannot be read " +
                 "and is left alone: " + error.what());
    }
  });
}

std::optional<domain::VolumeRecord> Volumes::Impl::find_record(const std::string& name) const {
  const std::lock_guard lock(mutex);
  const auto it = records.find(name);
  if (it == records.end()) return std::nullopt;
  return it->second;
}

pluginhost::Volume& Volumes::Impl::get_driver(const std::string& driver) const {
  try {
    return plugins.get_volume(driver);
  } catch (const Error& error) {
    throw Error(error.code(), "error looking up volume plugin " + driver + ": " + error.what(),
                error.os_errno());
  }
}

std::optional<domain::VolumeRecord> Volumes::Impl::find(const std::string& name) const {
  if (name.empty()) return std::nullopt;
  if (const auto record = find_record(name)) return find_in_driver(*record);
  return find_anywhere(name);
}

std::optional<domain::VolumeRecord> Volumes::Impl::find_in_driver(
    const domain::VolumeRecord& record) const {
  try {
    pluginhost::Volume& driver = get_driver(record.driver);
    const auto state = driver.find(record.name);
    if (!state) return std::nullopt;
    auto volume = merged(record, *state);
    if (volume.mountpoint.empty()) volume.mountpoint = driver.path(record.name);
    return volume;
  } catch (const Error& error) {
    // Not "no such volume", whatever the reason: it is there for all we know.
    throw Error(error.code() == Errc::not_found ? Errc::internal : error.code(),
                "error while checking if volume \"" + record.name + "\" exists in driver \"" +
                    record.driver + "\": " + error.what(),
                error.os_errno());
  }
}

std::optional<domain::VolumeRecord> Volumes::Impl::find_anywhere(const std::string& name) const {
  // A driver may know volumes that were not made through us.
  for (pluginhost::Volume* driver : plugins.volumes())
    if (driver->driver() == kDefaultDriver)
      if (const auto state = driver->find(name))
        return merged(unknown_to_us(name, driver->driver(), driver->scope()), *state);
  for (const DriverProbe::Answer& answer : probe.find(name))
    if (answer.volumes)
      return merged(unknown_to_us(name, answer.driver, answer.scope), answer.volumes->front());
  return std::nullopt;
}

domain::VolumeRecord Volumes::Impl::get(const std::string& name) const {
  std::optional<domain::VolumeRecord> volume;
  try {
    volume = find(name);
  } catch (const Error& error) {
    throw Error(error.code(), "get " + name + ": " + error.what(), error.os_errno());
  }
  if (!volume) throw Error(Errc::not_found, "get " + name + ": no such volume");
  return *volume;
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

bool Volumes::may_hang(const domain::MountPoint& mount) {
  return mount.type == "volume" && mount.driver != kDefaultDriver;
}

std::int64_t Volumes::size(const domain::VolumeRecord& volume) const {
  if (volume.driver != "local" || volume.mountpoint.empty()) return -1;
  return directory_size(volume.mountpoint);
}

}  // namespace gantry::services
