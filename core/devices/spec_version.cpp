#include "core/devices/spec_version.hpp"

#include <algorithm>
#include <array>

#include "core/base/error.hpp"
#include "core/devices/short_text.hpp"

namespace gantry::devices {
namespace {

/// From the first that was released as a specification.
constexpr std::array<std::string_view, 8> kVersions = {"0.3.0", "0.4.0", "0.5.0", "0.6.0",
                                                       "0.7.0", "0.8.0", "1.0.0", "1.1.0"};

size_t place_of(std::string_view version) {
  return static_cast<size_t>(std::find(kVersions.begin(), kVersions.end(), version) -
                             kVersions.begin());
}

}  // namespace

void VersionNeeds::at_least(std::string_view version) {
  needed_ = std::max(needed_, place_of(version));
}

void VersionNeeds::check(const std::string& version) const {
  const size_t place = place_of(version.starts_with('v') ? version.substr(1) : version);
  if (place == kVersions.size())
    throw Error(Errc::invalid, "cdiVersion: " + in_quotes(version) + " is no version of CDI from " +
                                   std::string(kVersions.front()) + " to " +
                                   std::string(kVersions.back()));
  if (place < needed_)
    throw Error(Errc::invalid, "cdiVersion: " + in_quotes(version) +
                                   " does not have all that is used: at least " +
                                   std::string(kVersions[needed_]) + " is needed");
}

}  // namespace gantry::devices
