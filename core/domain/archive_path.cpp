#include "core/domain/archive_path.hpp"

#include "core/base/error.hpp"
#include "core/domain/mount_request.hpp"

namespace gantry::domain {
namespace {

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return true;
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace

std::string archive_path(std::string_view path) {
  std::string clean = clean_path(std::string("/").append(path));
  const bool ends_with_slash = path.ends_with('/');
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path == "." || path.ends_with("/.")) {
    clean += clean == "/" ? "." : "/.";
  } else if (ends_with_slash && clean != "/") {
    clean += "/";
  }
  return clean;
}

std::string archive_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == "/") return "/";
  return std::string(path.substr(path.rfind('/') + 1));
}

void check_archive_target(const ContainerRecord& record, std::string_view resolved) {
  // The innermost mount is the one that is written to.
  const MountPoint* mount = nullptr;
  for (const MountPoint& candidate : record.mounts)
    if (is_below(resolved, candidate.destination) &&
        (candidate.type != "tmpfs" || record.state.running()) &&
        (mount == nullptr || mount->destination.size() < candidate.destination.size()))
      mount = &candidate;
  if (mount != nullptr) {
    if (!mount->read_write) throw Error(Errc::invalid, "mounted volume is marked read-only");
    return;
  }
  const auto document = record.host_config.document();
  const json::Node host_config = document.root();
  if (!host_config["ReadonlyRootfs"].boolean()) return;
  bool tmpfs = false;
  host_config["Tmpfs"].each_member([&](std::string_view path, json::Node) {
    tmpfs = tmpfs || (record.state.running() && is_below(resolved, clean_path(path)));
  });
  if (!tmpfs) throw Error(Errc::invalid, "container rootfs is marked read-only");
}

}  // namespace gantry::domain
