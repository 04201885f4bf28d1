// Records of volumes. Plain values.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/base/time.hpp"

namespace gantry::domain {

struct VolumeRequest {
  std::string name, driver = "local";
  std::map<std::string, std::string> driver_options;
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

}  // namespace gantry::domain
