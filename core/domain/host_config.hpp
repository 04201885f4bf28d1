// Parsing of HostConfig: Docker's checks (behaviours.md 5.2, 5.7), defaults and the normalised
// echo. Pure.
#pragma once

#include "core/domain/container_request.hpp"

namespace gantry::domain {

/// `node` may be missing: all defaults. Throws Error{invalid}.
HostConfig parse_host_config(const json::Node& node, int api_minor, const CreateDefaults& defaults);

/// Limits of memory, CPU and block I/O of a request to create or to update. Throws Error{invalid}.
enum class ResourceCheck { create, update };
void check_resources(const json::Node& request, ResourceCheck check);

/// A missing node is "no". Throws Error{invalid}.
RestartPolicy parse_restart_policy(const json::Node& node);

/// Canonical capability name ("CAP_NET_ADMIN") for "net_admin", "CAP_NET_ADMIN"; "ALL" stays;
/// empty: unknown.
std::string canonical_capability(std::string_view name);
/// All capability names in number order; the index is the kernel's number.
const std::vector<std::string>& capability_names();

/// Docker's default masked and read-only paths.
const std::vector<std::string>& default_masked_paths();
const std::vector<std::string>& default_readonly_paths();

}  // namespace gantry::domain
