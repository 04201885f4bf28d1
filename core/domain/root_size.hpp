// HostConfig.StorageOpt. Pure.
#pragma once

#include <cstdint>

#include "core/json/reader.hpp"

namespace gantry::domain {

/// The most bytes that a container may write to its root, from {"size":"1.5G"}; 0: no limit. `node`
/// may be missing. Sizes as Docker reads them, by powers of 1024. Throws Error{invalid}.
std::uint64_t root_size(const json::Node& storage_options);

}  // namespace gantry::domain
