#include "core/domain/volume.hpp"

#include <algorithm>
#include <cctype>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::domain {

std::string bind_source(const std::string& driver,
                        const std::map<std::string, std::string>& driver_options) {
  const auto device = driver_options.find("device");
  const auto words = driver_options.find("o");
  if (driver != "local" || device == driver_options.end() || words == driver_options.end())
    return {};
  for (const std::string& word : text::split(words->second, ','))
    if (word == "bind" || word == "rbind") return device->second;
  return {};
}

void check_volume_name(const std::string& name, const std::string& driver) {
  const auto alnum = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const auto fail = [&](const std::string& what) {
    throw Error(Errc::invalid, "create " + name + ": " + what);
  };
  if (name.size() == 1 && (driver.empty() || driver == "local"))
    fail("volume name is too short, names should be at least two alphanumeric characters");
  const bool fine =
      !name.empty() && alnum(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
        return alnum(c) || c == '_' || c == '.' || c == '-';
      });
  if (!fine)
    fail("\"" + name +
         "\" includes invalid characters for a local volume name, only "
         "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" "
         "are allowed. If you intended to pass a host directory, use absolute path");
  if (name.size() > 255) fail("volume name is too long, names should be at most 255 characters");
}

}  // namespace gantry::domain
