// Making and removing volumes (behaviours.md 12.2 to 12.4).
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/text.hpp"
#include "core/services/base/prune_event.hpp"
#include "core/services/volumes/volumes_impl.hpp"

namespace gantry::services {

std::optional<domain::VolumeRecord> Volumes::Impl::find_existing(
    const domain::VolumeRequest& request) {
  const std::string& name = request.name;
  const auto record = find_record(name);
  if (!record) {
    // No driver named: a volume of that name is meant whatever its driver, as in Docker.
    if (request.driver.empty()) return find_anywhere(name);
    domain::VolumeRecord unknown;
    unknown.name = name;
    unknown.driver = request.driver;
    pluginhost::Volume& driver = get_driver(request.driver);
    unknown.scope = driver.scope();
    try {
      return find_in_driver(unknown);
    } catch (const Error& error) {
      log::debug(error.what());
      return std::nullopt;  // create() will tell
    }
  }
  if (!request.driver.empty()) get_driver(request.driver);
  std::optional<domain::VolumeRecord> existing;
  try {
    existing = find_in_driver(*record);
  } catch (const Error& error) {
    throw Error(Errc::conflict,
                "found reference to volume '" + name + "' in driver '" + record->driver +
                    "', but got an error while checking the driver: " + error.what() +
                    ": volume name must be unique");
  }
  if (existing) {
    if (!request.driver.empty() && existing->driver != request.driver)
      throw Error(Errc::conflict, "driver '" + existing->driver + "' already has volume '" + name +
                                      "': volume name must be unique");
    return existing;
  }
  if (!users(name).empty())
    throw Error(Errc::conflict,
                "found references to volume '" + name + "' in driver '" + record->driver +
                    "' but the volume was not found in the driver -- you may need to remove "
                    "containers referencing this volume or force remove the volume to re-create "
                    "it: volume name must be unique");
  forget(name);
  return std::nullopt;
}

domain::VolumeRecord Volumes::Impl::create_leased(domain::VolumeRequest request) {
  const std::string& name = request.name;
  pluginhost::Volume* driver = nullptr;
  try {
    if (auto existing = find_existing(request)) return *existing;
    if (request.driver.empty()) request.driver = kDefaultDriver;
    driver = &get_driver(request.driver);
    if (const std::string source = domain::bind_source(request.driver, request.driver_options);
        !source.empty())
      check_bind(source);
  } catch (const Error& error) {
    throw Error(error.code(), "create " + name + ": " + error.what(), error.os_errno());
  }
  domain::VolumeRecord record;
  record.name = name;
  record.driver = request.driver;
  record.scope = driver->scope();
  record.created = now_nanos();
  record.labels = request.labels;
  if (request.has_driver_options || !request.driver_options.empty())
    record.options = request.driver_options;
  record.anonymous = request.anonymous;
  if (record.anonymous) {
    if (!record.labels) record.labels.emplace();
    (*record.labels)[kAnonymousLabel] = "";
  }
  // Intent first: a record whose volume the driver does not have is invisible and harmless.
  journal.put(kVolumeKind, name, domain::to_journal(record));
  ScopeGuard undo([&] { journal.erase(kVolumeKind, name); });
  try {
    driver->create(name, request.driver_options);
  } catch (const Error& error) {
    throw Error(error.code(), "create " + name + ": " + error.what(), error.os_errno());
  }
  undo.dismiss();
  {
    const std::lock_guard lock(mutex);
    records.insert_or_assign(name, record);
  }
  publish_event("create", record);
  // It was made, though a driver of many hosts may not know of it everywhere yet.
  return find(name).value_or(record);
}

domain::VolumeRecord Volumes::create(const domain::VolumeRequest& wanted,
                                     const std::string& container_id) {
  domain::VolumeRequest request = wanted;
  if (request.name.empty()) {
    request.name = random_hex();
    request.anonymous = true;
  }
  domain::check_volume_name(request.name, request.driver);
  const state::Lease lease = impl_->leases.take(request.name);
  domain::VolumeRecord volume = impl_->create_leased(std::move(request));
  if (!container_id.empty()) impl_->add_reference(volume.name, container_id);
  return volume;
}

void Volumes::Impl::remove_leased(const domain::VolumeRecord& volume, bool force) {
  {
    const std::lock_guard lock(mutex);
    const auto it = references.find(volume.name);
    if (it != references.end() && !it->second.empty())
      throw Error(Errc::conflict, "remove " + volume.name + ": volume is in use - [" +
                                      text::join({it->second.begin(), it->second.end()}, ", ") +
                                      "]");
    removing.insert(volume.name);
  }
  const ScopeGuard done([&] {
    const std::lock_guard lock(mutex);
    removing.erase(volume.name);
  });
  try {
    get_driver(volume.driver).remove(volume.name);
  } catch (const Error& error) {
    // Forced, it is gone for us, whatever its driver has still of it; but not while it is in use.
    if (error.code() != Errc::not_found && (!force || error.code() == Errc::conflict))
      throw Error(error.code(), "remove " + volume.name + ": " + error.what(), error.os_errno());
    log::warn("volume " + volume.name + ": remove: " + error.what());
  }
  forget(volume.name);
  publish_event("destroy", volume);
}

void Volumes::Impl::forget(const std::string& name) {
  journal.apply({{kVolumeKind, name, ""}, {kVolumeFillKind, name, ""}});
  const std::lock_guard lock(mutex);
  records.erase(name);
  interrupted_fills.erase(name);
}

void Volumes::remove(const std::string& name, bool force) {
  const state::Lease lease = impl_->leases.take(name);
  const auto record = impl_->find_record(name);
  std::optional<domain::VolumeRecord> volume;
  try {
    volume = impl_->find(name);
  } catch (const Error& error) {
    if (!force) throw Error(error.code(), "get " + name + ": " + error.what(), error.os_errno());
    volume = record;  // its driver cannot be asked
  }
  if (!volume && !force) throw Error(Errc::not_found, "get " + name + ": no such volume");
  if (volume)
    impl_->remove_leased(*volume, force);
  else if (record && impl_->users(name).empty())
    impl_->forget(name);  // its driver lost it
}

bool Volumes::is_plain(const domain::VolumeRecord& volume) {
  return volume.driver == kDefaultDriver && (!volume.options || volume.options->empty());
}

PrunedVolumes Volumes::prune(const std::function<bool(const domain::VolumeRecord&)>& selected) {
  if (impl_->pruning.exchange(true))
    throw Error(Errc::conflict, "a prune operation is already running");
  const ScopeGuard done([&] { impl_->pruning = false; });
  PrunedVolumes pruned;
  for (const domain::VolumeRecord& volume : list()) {
    if (!is_plain(volume) || !impl_->users(volume.name).empty() || !selected(volume)) continue;
    try {
      const std::int64_t bytes = size(volume);
      const state::Lease lease = impl_->leases.take(volume.name);
      if (!impl_->find(volume.name)) continue;
      impl_->remove_leased(volume, false);
      pruned.names.push_back(volume.name);
      if (bytes > 0) pruned.reclaimed_bytes += bytes;
    } catch (const Error& error) {
      log::info("volume prune: " + volume.name + " stays: " + error.what());
    }
  }
  publish_prune_event(impl_->events, "volume", pruned.reclaimed_bytes);
  return pruned;
}

}  // namespace gantry::services
