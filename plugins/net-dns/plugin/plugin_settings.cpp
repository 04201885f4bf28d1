#include "plugin/plugin_settings.hpp"

#include <dlfcn.h>

#include <algorithm>

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

}  // namespace

PluginSettings parse_settings(std::string_view config_json) {
  const sdk::Object config(config_json);
  for (const auto& member : config.document().GetObject())
    if (const std::string key = member.name.GetString(); !is_known(key))
      throw sdk::Error(GANTRY_INVALID, "unknown key \"" + key + '"');
  PluginSettings settings;
  settings.resolver.upstreams = config.strings("upstreams");
  settings.resolver.fallback = config.strings("fallback_dns");
  if (settings.resolver.fallback.empty())
    settings.resolver.fallback = {"8.8.8.8", "8.8.4.4"};  // Docker's own
  settings.resolver.resolv_conf = config.string("resolv_conf", settings.resolver.resolv_conf);
  settings.program = config.string("resolver", beside_this_library());
  const auto port = config.integer("port", settings.port);
  if (port < 1 || port > 65535)
    throw sdk::Error(GANTRY_INVALID, "\"port\" is not between 1 and 65535");
  settings.port = static_cast<std::uint16_t>(port);
  return settings;
}

}  // namespace net_dns
