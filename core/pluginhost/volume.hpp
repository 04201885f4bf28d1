// C++ face of a volume driver plugin (sdk/include/gantry/volume.h). [per-object] by volume name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::pluginhost {

struct VolumeState {
  std::string name;
  std::string mountpoint;  // empty: not mounted
  UnixNanos created_at = 0;
  std::string status_json;  // "" or an object
};

class Volume {
 public:
  virtual ~Volume() = default;
  /// Driver name as users write it: the plugin id without a leading "volume-" ("local").
  virtual const std::string& driver() const = 0;
  virtual std::string scope() = 0;
  virtual void create(const std::string& name,
                      const std::map<std::string, std::string>& options) = 0;
  virtual void remove(const std::string& name) = 0;
  virtual std::string mount(const std::string& name, const std::string& user_id,
                            const Op& op = {}) = 0;
  virtual void unmount(const std::string& name, const std::string& user_id) = 0;
  virtual std::string path(const std::string& name) = 0;
  virtual std::optional<VolumeState> find(const std::string& name) = 0;
  virtual std::vector<VolumeState> list() = 0;
};

}  // namespace gantry::pluginhost
