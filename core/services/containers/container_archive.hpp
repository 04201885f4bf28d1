// HEAD, GET and PUT /containers/{id}/archive (docker cp, behaviours.md 7): running containers and
// others. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/services/world/container_lookup.hpp"
#include "core/services/world/container_uses.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

/// What X-Docker-Container-Path-Stat says.
struct PathStat {
  std::string name;
  std::int64_t size = 0;
  std::uint32_t mode = 0;  // Go's FileMode
  UnixNanos mtime = 0;
  std::string link_target;
};

class ContainerArchive {
 public:
  ContainerArchive(const ContainerWorld& world, ContainerUses& uses) : world_(world), uses_(uses) {}

  /// Throws Error{not_found} `Could not find the file P in container X`, both as sent.
  PathStat stat(const std::string& reference, const std::string& path) const;

  /// Sends the tar in large pieces after `begin`; `sink` returns false when the client is gone.
  void get(const std::string& reference, const std::string& path,
           const std::function<void(const PathStat&)>& begin,
           const std::function<bool(std::string_view)>& sink) const;

  /// The engine ends: who waits for others' copies gives up.
  void interrupt() { copies_.wake_all(); }

  struct PutOptions {
    bool container_owner =
        false;                // copyUIDGID: entries become the container's user's, if it has one
    bool keep_kinds = false;  // noOverwriteDirNonDir
  };
  /// `source` gives the tar in pieces, an empty one at its end. Throws `extraction point is not a
  /// directory`, and what check_archive_target() says.
  void put(const std::string& reference, const std::string& path, const PutOptions& options,
           const std::function<std::string_view()>& source) const;

 private:
  struct Found;
  Found find(const domain::ContainerRecord& record, const std::string& path, bool follow) const;
  LeasedContainer lease_for_writing(const std::string& reference) const;

  const ContainerWorld& world_;
  ContainerUses& uses_;
  mutable state::Leases copies_;  // into running containers: one at a time, as in dockerd
};

}  // namespace gantry::services
