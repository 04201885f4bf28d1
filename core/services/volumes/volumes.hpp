// Volumes of all drivers: the index of names, use counts, and mounting for containers. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/domain/container.hpp"
#include "core/domain/volume.hpp"
#include "core/pluginhost/plugin_host.hpp"
#include "core/state/event_bus.hpp"
#include "core/state/journal.hpp"

namespace gantry::services {

struct PrunedVolumes {
  std::vector<std::string> names;
  std::int64_t reclaimed_bytes = 0;
};

class Volumes {
 public:
  /// `check_bind` is asked at create and before each mount whether a volume may be a bind of that
  /// path of the host, and throws when not.
  using CheckBind = std::function<void(const std::string& source)>;
  Volumes(state::Journal& journal, state::EventBus& events, pluginhost::PluginHost& plugins,
          CheckBind check_bind);
  ~Volumes();

  /// Empty name: 64 hex digits and the anonymous label. Existing with the same driver: returned as
  /// it is. With a container id the reference is added in the same step, so that no prune comes in
  /// between. Docker's texts of behaviours.md 12.2.
  domain::VolumeRecord create(const domain::VolumeRequest& request,
                              const std::string& container_id = {});
  /// Throws Error{not_found} `get X: no such volume`.
  domain::VolumeRecord get(const std::string& name) const;
  std::optional<domain::VolumeRecord> find(const std::string& name) const;
  /// In order of names. What went wrong with single drivers goes to `warnings`.
  std::vector<domain::VolumeRecord> list(std::vector<std::string>* warnings = nullptr) const;
  /// Throws Error{conflict} `remove X: volume is in use - [ids]`; force: a missing one is no error.
  void remove(const std::string& name, bool force);
  /// A local volume that is no mount of something else: what disk usage counts and prune removes.
  static bool is_plain(const domain::VolumeRecord& volume);
  /// Removes what nobody uses and `selected` wants. Throws Error{conflict} while another prune
  /// runs.
  PrunedVolumes prune(const std::function<bool(const domain::VolumeRecord&)>& selected);
  /// Whether a volume's driver is not ours: its answers may not come.
  static bool may_hang(const domain::MountPoint& mount);
  /// Bytes of the content; -1 where it cannot be told (other drivers than "local").
  std::int64_t size(const domain::VolumeRecord& volume) const;

  // --- containers' side. A reference is what makes a volume "in use", also for stopped containers.
  /// Throws Error{not_found} when the volume is being removed right now.
  void add_reference(const std::string& name, const std::string& container_id);
  void drop_reference(const std::string& name, const std::string& container_id);
  std::vector<std::string> users(const std::string& name) const;
  /// Host path of the volume's content, mounted for this container (event `mount`).
  std::string mount(const std::string& name, const std::string& container_id,
                    const domain::MountPoint& at);
  /// For a container that an earlier daemon started: it is mounted there already, its driver knows.
  void adopt_mount(const std::string& name, const std::string& container_id,
                   const std::string& path);
  void unmount(const std::string& name, const std::string& container_id) noexcept;
  /// Fills an empty volume with what `copy` puts into the directory it gets, all or nothing, also
  /// over a crash; one that holds anything stays as it is. The volume is mounted meanwhile.
  /// `subpath`: that directory of the volume, "" for all of it; one that is not there is left
  /// alone.
  void fill(const std::string& name, const std::string& subpath,
            const std::function<void(const std::string& path)>& copy);
  /// Ends fills that a crash interrupted, one after the other. What fails is tried again before the
  /// volume's next use.
  void resume_fills() noexcept;
  /// At the end of the engine: drivers are told to give up what they mount.
  void close() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::services
