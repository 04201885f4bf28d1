#include "core/domain/joined_containers.hpp"

namespace gantry::domain {

std::optional<std::string> joined_container(std::string_view mode) {
  constexpr std::string_view kContainer = "container:";
  if (!mode.starts_with(kContainer)) return std::nullopt;
  return std::string(mode.substr(kContainer.size()));
}

std::vector<std::string> joined_containers(const ContainerRecord& record) {
  const auto document = record.host_config.document();
  std::vector<std::string> references;
  for (const std::string& mode : {record.host_config.network_mode, document.root()["PidMode"].str(),
                                  document.root()["IpcMode"].str()})
    if (auto joined = joined_container(mode)) references.push_back(std::move(*joined));
  for (const std::string& link : record.host_config.links)
    references.push_back(link.substr(0, link.find(':')));
  return references;
}

}  // namespace gantry::domain
