// The table [plugins."runtime-oci"] of gantry.toml. An unknown key is GANTRY_INVALID.
//   runtime   "auto" (default), or the absolute path of runc or crun
//   shim      path of gantry-shim; default: ../../../libexec/gantry/gantry-shim from this library
//   instance  up to 8 hex digits: keeps engines that share a network namespace apart
#pragma once

#include <string>
#include <string_view>

namespace gantry::oci {

struct PluginSettings {
  std::string runtime = "auto";
  std::string init;  // gantry-init, for containers that want one; may not exist
  std::string shim;
  std::string table = "gantry";  // nftables table
};

PluginSettings parse_settings(std::string_view config_json);

}  // namespace gantry::oci
