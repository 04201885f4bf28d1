// Links between containers of the default bridge (HostConfig.Links, behaviours.md 4.9): names in
// /etc/hosts and variables in the environment, both as of the start of the linking container. On
// other networks links are names that the name service knows. Any thread.
#pragma once

#include <string>
#include <vector>

#include "core/domain/container_request.hpp"
#include "core/state/container_store.hpp"

namespace gantry::services {

/// At create: who is linked must exist. Error{invalid} in Docker's words. Afterwards the request's
/// links are "<full id>:<alias>", and inspect shows "/name:/parent/alias".
void resolve_links(domain::CreateRequest& request, const std::string& parent_name,
                   const state::ContainerStore& store);

struct LinkedNames {
  std::vector<std::string> hosts;        // "name:address"
  std::vector<std::string> environment;  // "DB_PORT=tcp://172.17.0.2:5432"
};
/// At start: who is linked must run on the default bridge. Error{internal} in Docker's words.
LinkedNames linked_names(const domain::ContainerRecord& record, const state::ContainerStore& store);

}  // namespace gantry::services
