// The control groups of this host: which version, where containers' groups are, and what is done
// with them without the OCI runtime (listing, freezing and killing processes). A container's group
// has the same path in every hierarchy ("/gantry/<id>"). Threads: any; immutable.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace gantry::oci {

class Cgroups {
 public:
  Cgroups();  // of /proc/self/mountinfo
  explicit Cgroups(const std::string& mountinfo);

  /// legacy: only version 1. hybrid: version 1 with controllers, and a version 2 hierarchy beside
  /// it.
  enum class Mode { none, legacy, hybrid, unified };
  Mode mode() const { return mode_; }
  int version() const { return mode_ == Mode::unified ? 2 : 1; }
  /// Mount point of a version 1 controller, "" when it is not there.
  std::string controller(const std::string& name) const;
  const std::string& unified() const { return unified_; }  // mount point, or ""

  /// Where a group's files of a controller are: under version 2 all in one directory. Empty: this
  /// host lacks the controller.
  std::string group(const std::string& controller, const std::string& path) const;

  /// In a container with version 2 the engine's own processes are in the root of what is seen of
  /// the hierarchy, and a group with processes gives no controllers to others: they go to a group
  /// of their own, "/init", and the controllers to the rest. Does nothing elsewhere.
  void make_room() const;

  /// Paths of the groups whose names are wanted, anywhere in the hierarchy; not below one another.
  std::vector<std::string> find(const std::function<bool(const std::string& name)>& wanted) const;

  /// All processes of the group and of groups below it; empty when there is no such group.
  std::vector<pid_t> pids(const std::string& path) const;
  /// Returns when all processes are frozen; GANTRY_TIMEOUT after 10 s (then thawed again),
  /// GANTRY_UNSUPPORTED without a freezer.
  void freeze(const std::string& path) const;
  void thaw(const std::string& path) const;
  bool frozen(const std::string& path) const;
  /// Whether it is frozen; a freeze() that the end of its daemon cut short is undone.
  bool settle_freeze(const std::string& path) const noexcept;
  /// Kills everything in the group, frozen or not, and does not wait for it. Never throws.
  void kill(const std::string& path) const noexcept;
  /// Kills everything in the group and removes it, as far as that is possible. Never throws.
  void destroy(const std::string& path) const noexcept;

 private:
  std::string process_directory(const std::string& path) const;
  std::vector<std::string> directories(const std::string& path) const;

  Mode mode_ = Mode::none;
  std::map<std::string, std::string> controllers_;  // version 1: "memory" -> mount point
  std::string unified_;
};

}  // namespace gantry::oci
