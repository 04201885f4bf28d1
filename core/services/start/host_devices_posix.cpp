#include <sys/stat.h>
#if __has_include(<sys/sysmacros.h>)
#include <sys/sysmacros.h>
#endif

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "core/base/error.hpp"
#include "core/services/start/host_devices.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

struct NodeId {
  char type = 0;  // c, b, p
  std::int64_t major = 0, minor = 0;
};

/// nullopt: no device.
std::optional<NodeId> node_id(const struct stat& node) {
  if (S_ISFIFO(node.st_mode)) return NodeId{'p'};
  if (!S_ISCHR(node.st_mode) && !S_ISBLK(node.st_mode)) return std::nullopt;
  return NodeId{S_ISCHR(node.st_mode) ? 'c' : 'b', static_cast<std::int64_t>(major(node.st_rdev)),
                static_cast<std::int64_t>(minor(node.st_rdev))};
}

std::optional<PlannedDevice> find_device(const fs::path& path, const std::string& in_container) {
  struct stat node {};
  if (::stat(path.c_str(), &node) != 0) return std::nullopt;
  const auto id = node_id(node);
  if (!id || id->type == 'p') return std::nullopt;
  const auto mode = static_cast<std::uint32_t>(node.st_mode & 07777);
  return PlannedDevice{id->type, id->major,   id->minor,  in_container,
                       mode,     node.st_uid, node.st_gid};
}

/// What a container has of its own in /dev.
bool is_private(const fs::path& path) {
  for (const char* name : {"/dev/pts", "/dev/shm", "/dev/fd", "/dev/mqueue", "/dev/console",
                           "/dev/ptmx", "/dev/hugepages", "/dev/.lxc", "/dev/.lxd-mounts"})
    if (path == name) return true;
  return false;
}

std::vector<PlannedDevice> devices_below(const fs::path& directory, const fs::path& in_container) {
  std::vector<PlannedDevice> devices;
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(
      directory, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (is_private(entry->path())) {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->is_symlink(error)) continue;
    const fs::path relative = entry->path().lexically_relative(directory);
    if (auto device = find_device(entry->path(), (in_container / relative).string()))
      devices.push_back(std::move(*device));
  }
  return devices;
}

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw Error(Errc::internal, "error gathering device information while adding custom device \"" +
                                  path + "\": " + why);
}

[[noreturn]] void fail_cdi(const devices::Node& node, const std::string& why) {
  throw Error(Errc::internal,
              "CDI device injection failed: failed to inject devices: host device \"" +
                  node.host_path + "\": " + why);
}

/// What the file leaves out of it is the host's node's.
NodeId cdi_node_id(const devices::Node& node) {
  const NodeId said{node.type, node.major, node.minor};
  // A node is made of numbers: when the file has them, the host need not have the node.
  if (said.type == 'p' || (said.type != 0 && said.major != 0)) return said;
  struct stat status {};
  if (::stat(node.host_path.c_str(), &status) != 0) fail_cdi(node, std::strerror(errno));
  const auto host = node_id(status);
  if (!host) fail_cdi(node, "not a device node");
  if (said.type != 0 && (said.type == 'u' ? 'c' : said.type) != host->type)
    fail_cdi(node, std::string("it is of the type ") + host->type + ", not " + said.type);
  NodeId id = said.major == 0 ? *host : said;
  id.type = said.type == 0 ? host->type : said.type;
  return id;
}

}  // namespace

std::vector<PlannedDevice> custom_devices(const std::string& path_on_host,
                                          const std::string& path_in_container,
                                          const std::string& access) {
  const std::string inside = path_in_container.empty() ? path_on_host : path_in_container;
  std::vector<PlannedDevice> devices;
  struct stat node {};
  if (::stat(path_on_host.c_str(), &node) != 0) {
    fail(path_on_host, errno == ENOENT ? "no such file or directory" : std::strerror(errno));
  } else if (S_ISDIR(node.st_mode)) {
    devices = devices_below(path_on_host, inside);
  } else if (auto device = find_device(path_on_host, inside)) {
    devices.push_back(std::move(*device));
  }
  if (devices.empty()) fail(path_on_host, "not a device node");
  for (PlannedDevice& device : devices) device.access = access.empty() ? "rwm" : access;
  return devices;
}

PlannedDevice cdi_device(const devices::Node& node, const ResolvedUser& user) {
  const NodeId id = cdi_node_id(node);
  // As Docker: without a mode it is everybody's, whatever the host's node's is, and without an
  // owner the container's user's.
  return {id.type,
          id.major,
          id.minor,
          node.path,
          node.mode.value_or(0666),
          node.uid.value_or(user.uid),
          node.gid.value_or(user.gid),
          node.access};
}

std::vector<PlannedDevice> all_devices() { return devices_below("/dev", "/dev"); }

PlannedRate device_rate(const std::string& path, std::uint64_t value) {
  const auto device = find_device(path, path);
  if (!device) throw Error(Errc::internal, path + ": not a device node");
  return {device->major, device->minor, value};
}

}  // namespace gantry::services
