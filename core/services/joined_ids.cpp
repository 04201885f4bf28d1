#include "core/services/joined_ids.hpp"

#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

constexpr std::string_view kContainer = "container:";

std::string by_id(const std::string& mode, const state::ContainerStore& store) {
  if (!mode.starts_with(kContainer)) return mode;
  const auto joined = store.find(mode.substr(kContainer.size()));
  return joined ? std::string(kContainer) + joined->record.id : mode;
}

}  // namespace

void name_joined_by_id(domain::HostConfig& config, const state::ContainerStore& store) {
  config.network_mode = by_id(config.network_mode, store);
  const json::Document document = config.document();
  json::Writer w;
  w.begin_object();
  document.root().each_member([&](std::string_view key, json::Node value) {
    if (key == "NetworkMode" || key == "PidMode" || key == "IpcMode")
      w.field(key, by_id(value.str(), store));
    else
      w.key(key).raw(value.raw());
  });
  w.end_object();
  config.json = w.take();
}

}  // namespace gantry::services
