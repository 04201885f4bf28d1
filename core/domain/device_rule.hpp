// An entry of DeviceCgroupRules: "c 189:* rmw". Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry::domain {

struct DeviceRule {
  char type = 0;                             // a, b, c
  std::optional<std::int64_t> major, minor;  // without: any
  std::string access;                        // of "rwm"
};

/// Throws Error{invalid} `invalid device cgroup rule format: '…'`.
DeviceRule parse_device_rule(std::string_view text);

}  // namespace gantry::domain
