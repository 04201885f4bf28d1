#include <cstdio>

#include "cli/command.hpp"
#include "cli/engine_query.hpp"
#include "cli/options.hpp"
#include "core/json/reader.hpp"
#include "core/pluginhost/plugin_kinds.hpp"

namespace gantry::cli {

namespace {

/// What answers at the configured address; the tool itself works without.
std::string engine_version(const config::Config& config) {
  const std::string& host = config.daemon.local_host();
  const Answer answer = ask_engine(host, "/version");
  if (answer.reach != Reach::answers || answer.status != 200) return "not reached at " + host;
  const auto document = json::Document::parse(answer.body);
  return document.root()["Version"].str("?") + " (API " + document.root()["ApiVersion"].str("?") +
         ") at " + host;
}

}  // namespace

int run_version(const Arguments& arguments) {
  const auto config = load_config(parse_options(arguments));
  std::printf("gantry      %s\nplugin ABI  %s\nengine      %s\n", GANTRY_VERSION,
              pluginhost::abi_version().c_str(), engine_version(config).c_str());
  return 0;
}

}  // namespace gantry::cli
