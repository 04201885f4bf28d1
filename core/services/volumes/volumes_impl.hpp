// What the files volumes*.cpp share. Private to them.
//
// Locking: a container's lease (the caller's) → a volume's lease → `mutex` → event bus. Leases are
// held over plugin calls, `mutex` never.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "core/services/volumes/driver_probe.hpp"
#include "core/services/volumes/volumes.hpp"
#include "core/state/leases.hpp"

namespace gantry::services {

inline constexpr const char* kVolumeKind = "volume";  // in the journal
inline constexpr const char* kVolumeFillKind =
    "volume_fill";  // in the journal, while one is filled
inline constexpr const char* kDefaultDriver = "local";
inline constexpr const char* kAnonymousLabel = "com.docker.volume.anonymous";

/// What the driver says now, over what was noted at create.
domain::VolumeRecord merged(domain::VolumeRecord record, const pluginhost::VolumeState& state);

struct Volumes::Impl {
  Impl(state::Journal& j, state::EventBus& e, pluginhost::PluginHost& p, CheckBind check)
      : journal(j), events(e), plugins(p), check_bind(std::move(check)), probe(p) {}

  void load();
  std::optional<domain::VolumeRecord> find_record(const std::string& name) const;
  /// `error looking up volume plugin x: …`
  pluginhost::Volume& get_driver(const std::string& driver) const;
  /// With the driver's own view of it; nullopt when no driver has it. Throws when its driver cannot
  /// be asked.
  std::optional<domain::VolumeRecord> find(const std::string& name) const;
  domain::VolumeRecord get(const std::string& name) const;
  std::optional<domain::VolumeRecord> find_in_driver(const domain::VolumeRecord& record) const;
  std::optional<domain::VolumeRecord> find_anywhere(const std::string& name) const;
  /// The caller holds the volume's lease.
  domain::VolumeRecord create_leased(domain::VolumeRequest request);
  std::optional<domain::VolumeRecord> find_existing(const domain::VolumeRequest& request);
  void remove_leased(const domain::VolumeRecord& volume, bool force);
  void forget(const std::string& name);
  void add_reference(const std::string& name, const std::string& container_id);
  std::vector<std::string> users(const std::string& name) const;
  /// Where it is mounted for this user. A symbolic link may have moved since create.
  std::string mount(const domain::VolumeRecord& volume, const std::string& user);
  /// The caller holds the volume's lease: ends what a crash interrupted before anybody sees it.
  void finish_fill(const domain::VolumeRecord& volume);
  void forget_fill(const std::string& name);
  void publish_event(const std::string& action, const domain::VolumeRecord& volume,
                     std::map<std::string, std::string> attributes = {});

  state::Journal& journal;
  state::EventBus& events;
  pluginhost::PluginHost& plugins;
  const CheckBind check_bind;
  DriverProbe probe;
  state::Leases leases;  // by volume name
  std::atomic<bool> pruning{false}, closed{false};

  mutable std::mutex mutex;
  std::map<std::string, domain::VolumeRecord> records;
  std::map<std::string, std::set<std::string>> references;  // name → container ids
  std::set<std::string> removing;
  /// A fill under way or interrupted: as whom the volume was mounted for it, and where (see
  /// staged_fill.hpp).
  struct Fill {
    std::string user, staging, subpath;
  };
  std::map<std::string, Fill> interrupted_fills;  // by volume name
  /// Mounts of this process' life: (volume, container) → how often and where.
  struct Mounted {
    int count = 0;
    std::string path;
  };
  std::map<std::pair<std::string, std::string>, Mounted> mounts;
};

}  // namespace gantry::services
