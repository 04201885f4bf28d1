#include "plugin/plugin_settings.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>

#include "protocol/address.hpp"

namespace net_dns {

namespace sdk = gantry::sdk;

namespace {

std::string beside_this_library() {
  Dl_info info{};
  static const int here = 0;
  std::string path = ::dladdr(&here, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
  path = path.substr(0, path.rfind('/') + 1);
  return path + "../../../libexec/gantry/gantry-resolver";
}

bool is_known(const std::string& key) {
  static constexpr const char* kKeys[] = {"upstreams", "fallback_dns", "resolv_conf", "resolver",
                                          "port"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

[[noreturn]] void refuse(const char* key, const std::string& value, const char* why) {
  throw sdk::Error(GANTRY_INVALID, std::string("\"") + key + "\": \"" + value + "\" " + why);
}

std::vector<std::string> servers(const sdk::Object& config, const char* key) {
  std::vector<std::string> texts = config.strings(key);
  for (const std::string& text : texts)
    if (!parse_server(text)) refuse(key, text, "is not the address of a server");
  return texts;
}

std::string absolute_path(const sdk::Object& config, const char* key, const std::string& fallback) {
  std::string path = config.string(key, fallback);
  if (!path.starts_with('/')) refuse(key, path, "is not an absolute path");
  return path;
}

std::string resolver(const sdk::Object& config) {
  if (!config.document().HasMember("resolver")) return beside_this_library();
  std::string path = absolute_path(config, "resolver", "");
  if (::access(path.c_str(), X_OK) != 0) refuse("resolver", path, "cannot be executed");
  return path;
}

}  // namespace

PluginSettings parse_settings(std::string_view config_json) {
  const sdk::Object config(config_json);
  for (const auto& member : config.document().GetObject())
    if (const std::string key = member.name.GetString(); !is_known(key))
      throw sdk::Error(GANTRY_INVALID, "unknown key \"" + key + '"');
  PluginSettings settings;
  settings.resolver.upstreams = servers(config, "upstreams");
  settings.resolver.fallback = servers(config, "fallback_dns");
  if (settings.resolver.fallback.empty())
    settings.resolver.fallback = {"8.8.8.8", "8.8.4.4"};  // Docker's own
  settings.resolver.resolv_conf =
      absolute_path(config, "resolv_conf", settings.resolver.resolv_conf);
  settings.program = resolver(config);
  const auto port = config.integer("port", settings.port);
  if (port < 1 || port > 65535)
    throw sdk::Error(GANTRY_INVALID, "\"port\" is not between 1 and 65535");
  settings.port = static_cast<std::uint16_t>(port);
  return settings;
}

}  // namespace net_dns
