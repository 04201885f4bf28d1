#include "core/domain/joined_containers.hpp"

namespace gantry::domain {

std::vector<std::string> joined_containers(const ContainerRecord& record) {
  constexpr std::string_view kContainer = "container:";
  const auto document = record.host_config.document();
  std::vector<std::string> references;
  for (const std::string& mode : {record.host_config.network_mode, document.root()["PidMode"].str(),
                                  document.root()["IpcMode"].str()})
    if (mode.starts_with(kContainer)) references.push_back(mode.substr(kContainer.size()));
  for (const std::string& link : record.host_config.links)
    references.push_back(link.substr(0, link.find(':')));
  return references;
}

}  // namespace gantry::domain
