// The requests of gantry/ext/archive.h, checked.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/container_view.hpp"

namespace gantry::oci {

struct ArchiveRequest {
  std::string path;
  std::string name;         // get
  bool follow = false;      // stat
  bool image_only = false;  // get
  std::vector<ViewMount> mounts;
  std::optional<std::pair<uid_t, gid_t>> owner;  // put
  bool keep_kinds = false;                       // put
};

/// GANTRY_INVALID naming the member.
ArchiveRequest parse_archive_request(std::string_view json);

}  // namespace gantry::oci
