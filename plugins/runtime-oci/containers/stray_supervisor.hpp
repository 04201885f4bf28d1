// The supervisor of a container that this engine's run directory knows nothing of: the directory
// was cleared, or is another now. It is found by the container's processes, whose parent it is. Any
// thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace gantry::oci {

class StraySupervisor {
 public:
  /// Of container `id`, one of whose processes is among `pids`.
  static std::optional<StraySupervisor> find(const std::string& id, const std::vector<pid_t>& pids);

  pid_t pid() const { return pid_; }
  /// Whether its bundle is in this one, which is open.
  bool works_in(int directory) const;
  /// Whether its bundle is in a directory that an engine holds (hold_bundles()), but in `ours`.
  bool has_another_engine(int ours) const;
  /// It ends with its container; when it does not do so soon it is killed.
  void end() const noexcept;

 private:
  StraySupervisor(pid_t pid, UniqueFd process) : pid_(pid), process_(std::move(process)) {}
  /// Also of a directory that was removed: it has its parent as long as somebody works in it.
  UniqueFd bundles() const;
  bool ends_within(int milliseconds) const noexcept;

  pid_t pid_;
  UniqueFd process_;
};

/// Tells other engines that the containers with bundles in this directory are looked after.
UniqueFd hold_bundles(const std::string& directory);

}  // namespace gantry::oci
