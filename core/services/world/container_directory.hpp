// The engine's own directory of one container: the files that are bind-mounted into it (hosts,
// resolv.conf, hostname) and its log. [per-object] by the container's lease, but replace().
#pragma once

#include <filesystem>
#include <string>

#include "core/domain/container.hpp"
#include "core/services/world/container_settings.hpp"

namespace gantry::services {

class ContainerDirectory {
 public:
  ContainerDirectory(const ContainerSettings& settings, const std::string& container_id)
      : path_(settings.directory(container_id)) {}

  void create() const;
  /// A missing directory is no error.
  void remove() const;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path hosts() const { return path_ / "hosts"; }
  std::filesystem::path resolv_conf() const { return path_ / "resolv.conf"; }
  std::filesystem::path hostname() const { return path_ / "hostname"; }
  std::filesystem::path log() const;
  /// Where others find the container's root (storage_layout.hpp).
  std::filesystem::path mount_id() const { return path_ / "mount-id"; }
  /// How far the log's driver has taken it.
  std::filesystem::path log_marks() const { return path_ / "log.taken"; }
  /// Where a shareable /dev/shm is mounted.
  std::filesystem::path shm() const { return path_ / "shm"; }

  void write_hostname(const std::string& content) const;
  void write_hosts(const std::string& content) const;
  void write_resolv_conf(const std::string& content) const;
  /// "/etc/hosts" or "/etc/resolv.conf" as seen in the container, while it runs [any].
  void replace(const std::string& path_in_container, const std::string& content) const;
  /// The same file's content now [any].
  std::string read(const std::string& path_in_container) const;

 private:
  std::filesystem::path managed(const std::string& path_in_container) const;
  std::filesystem::path path_;
};

}  // namespace gantry::services
