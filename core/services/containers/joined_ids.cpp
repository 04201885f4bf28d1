#include "core/services/containers/joined_ids.hpp"

#include "core/base/error.hpp"
#include "core/domain/joined_containers.hpp"
#include "core/json/writer.hpp"

namespace gantry::services {
namespace {

std::string by_id(const std::string& mode, bool must_exist, const state::ContainerStore& store) {
  const auto reference = domain::joined_container(mode);
  if (!reference) return mode;
  if (const auto joined = store.find(*reference)) return "container:" + joined->record.id;
  if (must_exist) throw Error(Errc::invalid, "No such container: " + *reference);
  return mode;
}

}  // namespace

void name_joined_by_id(domain::HostConfig& config, const state::ContainerStore& store) {
  config.network_mode = by_id(config.network_mode, false, store);
  const json::Document document = config.document();
  json::Writer w;
  w.begin_object();
  document.root().each_member([&](std::string_view key, json::Node value) {
    if (key == "NetworkMode")
      w.field(key, config.network_mode);
    else if (key == "PidMode" || key == "IpcMode")
      w.field(key, by_id(value.str(), true, store));
    else
      w.key(key).raw(value.raw());
  });
  w.end_object();
  config.json = w.take();
}

}  // namespace gantry::services
