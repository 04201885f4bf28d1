#include "settings.hpp"

#include <gantry/cpp/json.hpp>
#include <set>

namespace volume_docker {

namespace sdk = gantry::sdk;

namespace {

constexpr std::int64_t kLongest = 3600;

void read_seconds(const sdk::Object& object, const char* key, std::int64_t least,
                  std::chrono::seconds& value) {
  const std::int64_t seconds = object.integer(key, value.count());
  if (seconds < least || seconds > kLongest)
    throw sdk::Error(GANTRY_INVALID, std::string("\"") + key + "\" must be between " +
                                         std::to_string(least) + " and " +
                                         std::to_string(kLongest) + " seconds");
  value = std::chrono::seconds(seconds);
}

void read_directories(const sdk::Object& object, const char* key, std::vector<std::string>& value) {
  if (!object.document().HasMember(key)) return;
  value = object.strings(key);
  for (const std::string& path : value)
    if (path.empty() || path[0] != '/')
      throw sdk::Error(GANTRY_INVALID, std::string("\"") + key + "\" must hold absolute paths");
}

}  // namespace

Settings parse_settings(std::string_view json) {
  const sdk::Object object(json);
  static const std::set<std::string> known = {"sockets",       "specs",        "timeout",
                                              "short_timeout", "list_timeout", "retry_for"};
  for (const auto& member : object.document().GetObject())
    if (known.count(member.name.GetString()) == 0)
      throw sdk::Error(GANTRY_INVALID,
                       std::string("unknown key \"") + member.name.GetString() + "\"");
  Settings settings;
  read_directories(object, "sockets", settings.sockets);
  read_directories(object, "specs", settings.specs);
  read_seconds(object, "timeout", 1, settings.timeout);
  read_seconds(object, "short_timeout", 1, settings.short_timeout);
  read_seconds(object, "list_timeout", 1, settings.list_timeout);
  read_seconds(object, "retry_for", 0, settings.retry_for);
  return settings;
}

}  // namespace volume_docker
