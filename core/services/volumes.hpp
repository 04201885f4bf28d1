// Volumes of all drivers: the index of names, use counts, and mounting for containers. Any thread.
#pragma once

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

class Volumes {
 public:
  Volumes(state::Journal& journal, state::EventBus& events, pluginhost::PluginHost& plugins);
  ~Volumes();

  /// Empty name: 64 hex digits and the anonymous label. Existing with the same driver: returned as it is.
  domain::VolumeRecord create(const domain::VolumeRequest& request);
  /// Throws Error{not_found} `get X: no such volume`.
  domain::VolumeRecord get(const std::string& name) const;
  std::optional<domain::VolumeRecord> find(const std::string& name) const;
  std::vector<domain::VolumeRecord> list() const;
  /// Throws Error{conflict} `remove X: volume is in use - [ids]`; force: a missing one is no error.
  void remove(const std::string& name, bool force);

  // --- containers' side. A reference is what makes a volume "in use", also for stopped containers.
  void add_reference(const std::string& name, const std::string& container_id);
  void drop_reference(const std::string& name, const std::string& container_id);
  std::vector<std::string> users(const std::string& name) const;
  /// Host path of the volume's content, mounted for this container (event `mount`).
  std::string mount(const std::string& name, const std::string& container_id, const domain::MountPoint& at);
  void unmount(const std::string& name, const std::string& container_id) noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::services
