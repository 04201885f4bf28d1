// Wire form of volumes (behaviours.md 12.1, 12.2). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "core/domain/volume.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::api {

/// Only /system/df shows it.
struct VolumeUsage {
  std::int64_t size = -1;        // bytes; -1: unknown
  std::int64_t references = -1;  // containers
};

/// Body of POST /volumes/create. Throws Error{unsupported} for cluster volumes.
domain::VolumeRequest parse_volume_request(const json::Node& body);
void write_volume(json::Writer& w, const domain::VolumeRecord& volume,
                  const std::optional<VolumeUsage>& usage = std::nullopt);

}  // namespace gantry::api
