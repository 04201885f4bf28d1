// What images an unpacked `docker load` archive holds: manifest.json of `docker save` (old, with
// <id>/layer.tar, and new, with blobs/sha256/), or an OCI layout's index.json. Pure reading of the
// spool. Errors: Error{invalid}.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/images/archive_spool.hpp"
#include "core/images/image.hpp"

namespace gantry::images {

struct ArchivedImage {
  std::string config;               // JSON text
  std::vector<std::string> layers;  // paths in the spool, lowest first
  std::vector<std::string> names;   // as the archive has them: "busybox:latest"
  std::string manifest;      // JSON text that lists exactly these blobs; empty: none was there
  Descriptor manifest_blob;  // of `manifest`
};

/// `wanted`: which entry of an index to take; none: the host's, else its first.
std::vector<ArchivedImage> find_archived_images(ArchiveSpool& spool,
                                                const std::optional<Platform>& wanted);

}  // namespace gantry::images
