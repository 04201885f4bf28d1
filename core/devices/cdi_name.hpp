// Names of CDI devices: "vendor.com/class=name", where "vendor.com/class" is the kind. Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::devices {

struct CdiName {
  std::string kind, device;
};

/// nullopt: not the name of a CDI device; a path never is.
std::optional<CdiName> find_cdi_name(std::string_view text);
bool is_kind(std::string_view text);
bool is_device_name(std::string_view text);

}  // namespace gantry::devices
