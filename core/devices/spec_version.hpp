// Versions of the Container Device Interface, and the one that a specification needs for what it
// says. Private to core/devices. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace gantry::devices {

class VersionNeeds {
 public:
  /// `version` is one of CDI's.
  void at_least(std::string_view version);
  /// Throws Error{invalid} unless `version`, with or without "v", is known and has what was noted.
  void check(const std::string& version) const;

 private:
  size_t needed_ = 0;
};

}  // namespace gantry::devices
