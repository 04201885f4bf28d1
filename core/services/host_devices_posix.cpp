#include <sys/stat.h>
#if __has_include(<sys/sysmacros.h>)
#include <sys/sysmacros.h>
#endif

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "core/base/error.hpp"
#include "core/services/host_devices.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;

std::optional<PlannedDevice> find_device(const fs::path& path, const std::string& in_container) {
  struct stat node {};
  if (::stat(path.c_str(), &node) != 0) return std::nullopt;
  if (!S_ISCHR(node.st_mode) && !S_ISBLK(node.st_mode)) return std::nullopt;
  PlannedDevice device;
  device.type = S_ISCHR(node.st_mode) ? 'c' : 'b';
  device.major = static_cast<std::int64_t>(major(node.st_rdev));
  device.minor = static_cast<std::int64_t>(minor(node.st_rdev));
  device.path = in_container;
  device.mode = node.st_mode & 07777;
  device.uid = node.st_uid;
  device.gid = node.st_gid;
  return device;
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

/// c, b, p; 0: no device.
char type_of(const struct stat& node) {
  if (S_ISCHR(node.st_mode)) return 'c';
  if (S_ISBLK(node.st_mode)) return 'b';
  return S_ISFIFO(node.st_mode) ? 'p' : '\0';
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

PlannedDevice cdi_device(const devices::Node& node) {
  PlannedDevice device{node.type, node.major, node.minor, node.path, node.mode.value_or(0666)};
  device.access = node.access;
  const bool complete = node.type == 'p' || (node.type != 0 && node.major != 0);
  struct stat host {};
  if (::stat(node.host_path.c_str(), &host) != 0) {
    if (!complete) fail_cdi(node, std::strerror(errno));
    return device;  // the file says it all: a node is made of numbers
  }
  if (!node.mode) device.mode = host.st_mode & 07777;
  if (complete) return device;
  const char type = type_of(host);
  if (type == 0) fail_cdi(node, "not a device node");
  if (node.type != 0 && (node.type == 'u' ? 'c' : node.type) != type)
    fail_cdi(node, std::string("it is of the type ") + type + ", not " + node.type);
  if (node.type == 0) device.type = type;
  if (type != 'p' && node.major == 0) {
    device.major = static_cast<std::int64_t>(major(host.st_rdev));
    device.minor = static_cast<std::int64_t>(minor(host.st_rdev));
  }
  return device;
}

std::vector<PlannedDevice> all_devices() { return devices_below("/dev", "/dev"); }

PlannedRate device_rate(const std::string& path, std::uint64_t value) {
  const auto device = find_device(path, path);
  if (!device) throw Error(Errc::internal, path + ": not a device node");
  return {device->major, device->minor, value};
}

}  // namespace gantry::services
