#include "plugin_settings.hpp"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/json.hpp"

namespace gantry::oci {
namespace {

std::string beside_this_library() {
  Dl_info info{};
  static const int here = 0;
  std::string path = ::dladdr(&here, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
  path = path.substr(0, path.rfind('/') + 1);
  return path + "../../../libexec/gantry/gantry-shim";
}

void need_program(const std::string& key, const std::string& path) {
  if (!path.starts_with('/') || ::access(path.c_str(), X_OK) != 0)
    throw Error(GANTRY_INVALID,
                '"' + key + "\": \"" + path + "\" is not the absolute path of a program");
}

void set(PluginSettings& settings, const std::string& key, const std::string& value) {
  if (key == "runtime") {
    if (value != "auto") need_program(key, value);
    settings.runtime = value;
  } else if (key == "shim") {
    need_program(key, value);
    settings.shim = value;
  } else {
    if (value.size() > 8 || value.find_first_not_of("0123456789abcdef") != std::string::npos)
      throw Error(GANTRY_INVALID, "\"instance\" is not up to 8 hex digits");
    if (!value.empty()) settings.table = "gantry-" + value;
  }
}

}  // namespace

PluginSettings parse_settings(std::string_view config_json) {
  PluginSettings settings;
  settings.shim = beside_this_library();
  const JsonDocument config = parse_object(config_json.empty() ? "{}" : config_json, "config");
  for (const auto& entry : config.GetObject()) {
    const std::string key = entry.name.GetString();
    if (key != "runtime" && key != "shim" && key != "instance")
      throw Error(GANTRY_INVALID, "unknown key \"" + key + '"');
    set(settings, key, std::string(as_text(entry.value, key.c_str())));
  }
  char resolved[PATH_MAX];
  const std::string init = settings.shim.substr(0, settings.shim.rfind('/') + 1) + "gantry-init";
  if (::realpath(init.c_str(), resolved) != nullptr) settings.init = resolved;
  return settings;
}

}  // namespace gantry::oci
