// Making and removing volumes (behaviours.md 12.2 to 12.4).
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/text.hpp"
#include "core/services/volumes_impl.hpp"

namespace gantry::services {

domain::VolumeRecord Volumes::Impl::create_leased(domain::VolumeRequest request) {
  const std::string& name = request.name;
  if (auto existing = find(name)) {
    // No driver named: a volume of that name is meant whatever its driver, as in Docker.
    if (!request.driver.empty() && existing->driver != request.driver)
      throw Error(Errc::conflict, "create " + name + ": volume name must be unique");
    return *existing;
  }
  if (request.driver.empty()) request.driver = kDefaultDriver;
  pluginhost::Volume* driver = nullptr;
  try {
    driver = &plugins.get_volume(request.driver);
  } catch (const Error& error) {
    throw Error(error.code(), "create " + name + ": error looking up volume plugin " +
                                  request.driver + ": " + error.what());
  }
  domain::VolumeRecord record;
  record.name = name;
  record.driver = request.driver;
  record.scope = driver->scope();
  record.created = now_nanos();
  record.labels = request.labels;
  if (!request.driver_options.empty()) record.options = request.driver_options;
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
  return get(name);
}

domain::VolumeRecord Volumes::create(const domain::VolumeRequest& wanted,
                                     const std::string& container_id) {
  domain::VolumeRequest request = wanted;
  if (request.name.empty()) {
    request.name = random_hex();
    request.anonymous = true;
  }
  domain::check_volume_name(request.name);
  const state::Lease lease = impl_->leases.take(request.name);
  domain::VolumeRecord volume = impl_->create_leased(std::move(request));
  if (!container_id.empty()) impl_->add_reference(volume.name, container_id);
  return volume;
}

void Volumes::Impl::remove_leased(const domain::VolumeRecord& volume) {
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
    plugins.get_volume(volume.driver).remove(volume.name);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found)
      throw Error(error.code(), "remove " + volume.name + ": " + error.what(), error.os_errno());
  }
  journal.erase(kVolumeKind, volume.name);
  {
    const std::lock_guard lock(mutex);
    records.erase(volume.name);
  }
  publish_event("destroy", volume);
}

void Volumes::remove(const std::string& name, bool force) {
  const state::Lease lease = impl_->leases.take(name);
  const auto volume = impl_->find(name);
  if (!volume) {
    if (force) return;
    throw Error(Errc::not_found, "get " + name + ": no such volume");
  }
  impl_->remove_leased(*volume);
}

PrunedVolumes Volumes::prune(const std::function<bool(const domain::VolumeRecord&)>& selected) {
  if (impl_->pruning.exchange(true))
    throw Error(Errc::conflict, "a prune operation is already running");
  const ScopeGuard done([&] { impl_->pruning = false; });
  PrunedVolumes pruned;
  for (const domain::VolumeRecord& volume : list()) {
    // Volumes of other drivers may be shared with other hosts: only local ones are pruned.
    if (volume.scope != "local" || !impl_->users(volume.name).empty() || !selected(volume))
      continue;
    try {
      const std::int64_t bytes = size(volume);
      const state::Lease lease = impl_->leases.take(volume.name);
      if (!impl_->find(volume.name)) continue;
      impl_->remove_leased(volume);
      pruned.names.push_back(volume.name);
      if (bytes > 0) pruned.reclaimed_bytes += bytes;
    } catch (const Error& error) {
      log::info("volume prune: " + volume.name + " stays: " + error.what());
    }
  }
  domain::Event event;
  event.type = "volume";
  event.action = "prune";
  event.attributes = {{"reclaimed", std::to_string(pruned.reclaimed_bytes)}};
  impl_->events.publish(std::move(event));
  return pruned;
}

}  // namespace gantry::services
