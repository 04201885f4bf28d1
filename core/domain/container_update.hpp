// POST /containers/{id}/update: what of a container may change after it was made (behaviours.md
// 4.8). Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/domain/container.hpp"

namespace gantry::domain {

/// Only what is to change; the names are those of HostConfig.
struct ContainerUpdate {
  std::map<std::string, std::int64_t, std::less<>> numbers;  // never 0
  std::map<std::string, std::string, std::less<>> texts;     // CpusetCpus, CpusetMems
  std::optional<std::int64_t> pids_limit;                    // 0: no limit any more
  std::optional<RestartPolicy> restart_policy;

  std::int64_t number(std::string_view name) const;
  bool changes_resources() const { return !numbers.empty() || !texts.empty() || pids_limit; }
};

/// Fields that are 0 or empty keep their value. Throws Error{invalid} as create does, and for a
/// field that cannot be changed.
ContainerUpdate parse_container_update(const json::Node& body, int api_minor);

/// The configuration with the update in it. Throws Error{conflict} with Docker's words where both
/// do not go together.
HostConfig apply_update(const HostConfig& now, const ContainerUpdate& update);

}  // namespace gantry::domain
