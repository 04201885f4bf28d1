// Copy-up: what a fresh volume starts with. The journal knows of it before the volume does, so that
// whatever a crash leaves is found.
#include <optional>

#include "core/base/beneath.hpp"
#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/json/writer.hpp"
#include "core/services/volumes/staged_fill.hpp"
#include "core/services/volumes/volumes_impl.hpp"

namespace gantry::services {
namespace {

/// Where a volume is filled: its directory, or one below held open against whoever moves it away.
class FillPlace {
 public:
  FillPlace(const std::string& mountpoint, const std::string& subpath) : path_(mountpoint) {
    if (subpath.empty()) return;
    held_ = file::open_directory_beneath(mountpoint, subpath);
    path_ = file::path_of_open(held_.get());
  }
  const std::string& path() const { return path_; }

 private:
  UniqueFd held_;
  std::string path_;
};

}  // namespace

void Volumes::fill(const std::string& name, const std::string& subpath,
                   const std::function<void(const std::string& path)>& copy) {
  Impl& impl = *impl_;
  const state::Lease lease = impl.leases.take(name);
  const auto record = impl.find_record(name);
  const domain::VolumeRecord volume = record ? *record : impl.get(name);
  impl.finish_fill(volume);
  const std::string user = random_hex();
  const Impl::Fill fill{user, ".gantry-" + user.substr(0, 12), subpath};
  json::Writer document;
  document.begin_object().field("user", fill.user).field("staging", fill.staging);
  document.field("subpath", fill.subpath).end_object();
  impl.journal.put(kVolumeFillKind, name, document.text());
  {
    const std::lock_guard lock(impl.mutex);
    impl.interrupted_fills[name] = fill;
  }
  pluginhost::Volume& driver = impl.get_driver(volume.driver);
  std::string mountpoint;
  std::optional<FillPlace> place;
  // Also when it fails: what was copied so far is thrown away, or stays for the next attempt.
  const ScopeGuard finish([&] {
    try {
      if (place) finish_staged(place->path(), fill.staging);
      place.reset();
      if (!mountpoint.empty()) driver.unmount(name, fill.user);
      impl.forget_fill(name);
    } catch (const std::exception& error) {
      log::warn("volume " + name + ": ending its first copy: " + error.what());
    }
  });
  mountpoint = impl.mount(volume, fill.user);
  try {
    place.emplace(mountpoint, subpath);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    return;  // the start will tell
  }
  if (is_empty_directory(place->path())) fill_staged(place->path(), fill.staging, copy);
}

void Volumes::Impl::forget_fill(const std::string& name) {
  journal.erase(kVolumeFillKind, name);
  const std::lock_guard lock(mutex);
  interrupted_fills.erase(name);
}

void Volumes::Impl::finish_fill(const domain::VolumeRecord& volume) {
  Fill fill;
  {
    const std::lock_guard lock(mutex);
    const auto it = interrupted_fills.find(volume.name);
    if (it == interrupted_fills.end()) return;
    fill = it->second;
  }
  pluginhost::Volume& driver = get_driver(volume.driver);
  // The same user once more: mounted already is fine, and one unmount ends it.
  const std::string mountpoint = mount(volume, fill.user);
  try {
    finish_staged(FillPlace(mountpoint, fill.subpath).path(), fill.staging);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;  // else somebody removed the place, with all in it
  }
  driver.unmount(volume.name, fill.user);
  forget_fill(volume.name);
}

void Volumes::resume_fills() noexcept {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, fill] : impl_->interrupted_fills) names.push_back(name);
  }
  for (const std::string& name : names) {
    try {
      const state::Lease lease = impl_->leases.take(name);
      if (const auto volume = impl_->find(name)) {
        impl_->finish_fill(*volume);
      } else {
        impl_->forget_fill(name);
      }
    } catch (const std::exception& error) {
      log::warn("volume " + name + ": a copy that was interrupted is not ended: " + error.what());
    }
  }
}

}  // namespace gantry::services
