// Records of volumes. Plain values.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace gantry::domain {

struct VolumeRequest {
  std::string name, driver = "local";  // empty: what an existing one has, else "local"
  std::map<std::string, std::string> driver_options;
  bool has_driver_options = false;  // though perhaps none
  std::optional<std::map<std::string, std::string>> labels;
  bool anonymous = false;
};

struct VolumeRecord {
  std::string name, driver, mountpoint, scope = "local";
  UnixNanos created = 0;
  std::optional<std::map<std::string, std::string>> labels, options;
  bool anonymous = false;
  std::string status_json;
};

/// The path of the host that a volume with these options of the driver "local" shows; "": it is not
/// a bind.
std::string bind_source(const std::string& driver,
                        const std::map<std::string, std::string>& driver_options);

/// Journal form of what the driver does not keep: mountpoint and status are asked for anew.
std::string to_journal(const VolumeRecord& record);
VolumeRecord volume_from_journal(std::string json);

/// Throws Error{invalid} in Docker's words (behaviours.md 12.2). The local driver ("" means it)
/// wants two characters, others take what the plugin ABI can carry.
void check_volume_name(const std::string& name, const std::string& driver = {});

}  // namespace gantry::domain
