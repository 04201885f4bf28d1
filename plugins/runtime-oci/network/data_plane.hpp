// The network extension but for published ports: networks, and the network stacks of containers.
//
// A stack that sandbox_up() made is kept alive by a descriptor here until create() passes it to the
// container's shim; when the daemon dies before that, it goes with the daemon.
// Threads: any; the caller serializes calls for one network and for one container.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/background.hpp"
#include "network/claim.hpp"
#include "network/config.hpp"
#include "network/firewall.hpp"
#include "network/namespace.hpp"

namespace gantry::oci {

struct Sandbox {
  bool host = false;  // the host's own stack
  UniqueFd netns;     // else: the container's own, or that of the container it joins
};

class DataPlane {
 public:
  /// The network namespace of a running container; empty when that is the host's. Throws when it
  /// does not run.
  using OpenNamespace = std::function<UniqueFd(const std::string& container)>;

  /// `table`: what other engines in this network namespace do not use. Throws GANTRY_CONFLICT.
  explicit DataPlane(const std::string& table);

  /// Called when the firewall's rules have been made, at first or again. Set it before use.
  void when_rules_are_made(std::function<void()> call) { firewall_.made = std::move(call); }
  /// Somebody removed them. False: no network needs them.
  bool restore_rules() { return firewall_.restore(); }

  /// Does what changes the rules' elements; where the tables are missing makes them again first.
  void with_rules(const std::function<void()>& change);

  void network_up(std::string_view network);
  void network_down(std::string_view network);
  std::vector<std::string> used_subnets() const;

  void sandbox_up(const std::string& id, std::string_view sandbox, const OpenNamespace& open);
  void sandbox_down(const std::string& id);
  /// For create(); nullopt: the host made none.
  std::optional<Sandbox> take_sandbox(const std::string& id);

  void endpoint_up(UniqueFd netns, std::string_view endpoint) const;
  void endpoint_down(UniqueFd netns, std::string_view endpoint) const;

 private:
  /// False: it was ours already.
  bool claim_bridge(const std::string& bridge);
  std::optional<Claim> release_bridge(const std::string& bridge);

  const Claim claim_;  // of the table, before anything is done to it
  Firewall firewall_;
  Background removal_;  // of bridges
  std::mutex mutex_;
  std::map<std::string, Sandbox> waiting_;  // guarded by mutex_
  std::map<std::string, Claim> bridges_;    // guarded by mutex_
};

}  // namespace gantry::oci
