#include "core/images/media_types.hpp"

namespace gantry::images::media {

bool is_manifest(std::string_view type) { return type == kDockerManifest || type == kOciManifest; }
bool is_index(std::string_view type) { return type == kDockerList || type == kOciIndex; }
bool is_config(std::string_view type) { return type == kDockerConfig || type == kOciConfig; }

bool is_layer(std::string_view type) {
  constexpr std::string_view kOciNondistributable =
      "application/vnd.oci.image.layer.nondistributable.v1.tar";
  constexpr std::string_view kDockerForeign =
      "application/vnd.docker.image.rootfs.foreign.diff.tar";
  for (const std::string_view base :
       {kOciLayer, kOciNondistributable, kDockerLayer, kDockerForeign}) {
    if (!type.starts_with(base)) continue;
    const std::string_view compression = type.substr(base.size());
    if (compression.empty() || compression == "+gzip" || compression == ".gzip" ||
        compression == "+zstd" || compression == ".zstd")
      return true;
  }
  return false;
}

}  // namespace gantry::images::media
