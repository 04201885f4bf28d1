#include "settings.hpp"

#include <sys/un.h>

#include <gantry/cpp/json.hpp>

namespace log_journald {

namespace sdk = gantry::sdk;

Settings parse_settings(std::string_view json) {
  const sdk::Object object(json);
  for (const auto& member : object.document().GetObject())
    if (std::string_view(member.name.GetString()) != "socket")
      throw sdk::Error(GANTRY_INVALID,
                       std::string("unknown key \"") + member.name.GetString() + "\"");
  Settings settings;
  settings.socket = object.string("socket", settings.socket);
  if (settings.socket.empty() || settings.socket[0] != '/')
    throw sdk::Error(GANTRY_INVALID, "\"socket\" must be an absolute path");
  if (settings.socket.size() >= sizeof sockaddr_un{}.sun_path)
    throw sdk::Error(GANTRY_INVALID, "\"socket\" is too long for the address of a socket");
  return settings;
}

}  // namespace log_journald
