#include "plugin_settings.hpp"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>

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

}  // namespace

PluginSettings parse_settings(std::string_view config_json) {
  PluginSettings settings;
  settings.shim = beside_this_library();
  const JsonDocument config = parse_object(config_json.empty() ? "{}" : config_json, "config");
  for (const auto& entry : config.GetObject()) {
    const std::string key = entry.name.GetString();
    const std::string value(as_text(entry.value, key.c_str()));
    if (key == "runtime") {
      if (value != "auto" && !value.starts_with('/'))
        throw Error(GANTRY_INVALID, "\"runtime\" is neither \"auto\" nor an absolute path");
      settings.runtime = value;
    } else if (key == "shim") {
      settings.shim = value;
    } else if (key == "instance") {
      if (value.size() > 8 || value.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Error(GANTRY_INVALID, "\"instance\" is not up to 8 hex digits");
      if (!value.empty()) settings.table = "gantry-" + value;
    } else {
      throw Error(GANTRY_INVALID, "unknown key \"" + key + '"');
    }
  }
  char resolved[PATH_MAX];
  const std::string init = settings.shim.substr(0, settings.shim.rfind('/') + 1) + "gantry-init";
  if (::realpath(init.c_str(), resolved) != nullptr) settings.init = resolved;
  return settings;
}

}  // namespace gantry::oci
