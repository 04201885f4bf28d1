#include "archive/archive_request.hpp"

#include "base/error.hpp"
#include "base/json.hpp"

namespace gantry::oci {
namespace {

std::string absolute(const Json& object, const char* key) {
  std::string path = text_of(object, key);
  if (!path.starts_with('/'))
    throw Error(GANTRY_INVALID, std::string("\"") + key + "\" is no absolute path: " + path);
  return path;
}

std::uint32_t id_of(const Json& object, const char* key) {
  const std::int64_t value = number_of(object, key, -1);
  // The largest means "leave it" to chown(2).
  if (value < 0 || value >= UINT32_MAX)
    throw Error(GANTRY_INVALID, std::string("\"") + key + "\" is no user or group id");
  return static_cast<std::uint32_t>(value);
}

}  // namespace

ArchiveRequest parse_archive_request(std::string_view json) {
  const JsonDocument document = parse_object(json, "archive request");
  ArchiveRequest request;
  request.path = absolute(document, "path");
  request.name = text_of(document, "name");
  request.follow = flag_of(document, "follow");
  request.image_only = flag_of(document, "image_only");
  request.keep_kinds = flag_of(document, "keep_kinds");
  for (const Json* item : items_of(document, "mounts")) {
    const std::string image = text_of(*item, "image");
    request.mounts.push_back({image.empty() ? absolute(*item, "source") : std::string(),
                              absolute(*item, "destination"), flag_of(*item, "read_only"),
                              flag_of(*item, "recursive", true), text_of(*item, "subpath"), image});
  }
  if (const Json* owner = find_member(document, "owner"))
    request.owner = {id_of(*owner, "uid"), id_of(*owner, "gid")};
  return request;
}

}  // namespace gantry::oci
