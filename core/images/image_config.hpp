// The image configuration document (application/vnd.oci.image.config.v1+json and Docker's equal
// one): read from untrusted bytes, and written for images made here. Pure, any thread. Errors:
// Error{invalid}.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/images/image.hpp"
#include "core/json/writer.hpp"

namespace gantry::images {

struct HistoryEntry {
  UnixNanos created = 0;
  std::string created_by, author, comment;
  bool empty_layer = false;
};

struct ImageConfig {
  Platform platform;
  UnixNanos created = 0;
  std::string author, comment, docker_version;
  /// Of a commit: the container's id, and its configuration as JSON. Written, not read.
  std::string container, container_config;
  std::vector<std::string> diff_ids;  // lowest first
  std::vector<HistoryEntry> history;  // oldest first
  ImageDefaults defaults;
};

ImageConfig parse_image_config(std::string_view text);
std::string write_image_config(const ImageConfig& config);

/// The `config` member alone, as Docker writes it.
std::string write_defaults(const ImageDefaults& defaults);
/// Its members, into an object that is open.
void write_defaults(json::Writer& out, const ImageDefaults& defaults);

}  // namespace gantry::images
