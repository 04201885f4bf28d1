#include "network/data_plane.hpp"

#include <cerrno>
#include <exception>
#include <memory>
#include <utility>

#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/scope_guard.hpp"
#include "network/bridge.hpp"
#include "network/endpoint.hpp"
#include "network/parent_link.hpp"
#include "network/routes.hpp"

namespace gantry::oci {
namespace {

// The kernel takes tens of milliseconds for one, most of them waiting.
void remove_slowly(const std::string& bridge) noexcept {
  try {
    remove_bridge(NetlinkSocket(), bridge);
  } catch (const std::exception&) {
    // It stays, without addresses and down the next time it is needed; nobody waits for a word.
  }
}

}  // namespace

DataPlane::DataPlane(const std::string& table)
    : claim_("table-" + table,
             "another engine runs in this network namespace: give this one an \"instance\" of its "
             "own in [plugins.runtime-oci], and another network.bridge"),
      firewall_(table) {}

bool DataPlane::claim_bridge(const std::string& bridge) {
  const std::lock_guard lock(mutex_);
  if (bridges_.contains(bridge)) return false;
  bridges_.emplace(bridge,
                   Claim("bridge-" + bridge,
                         "the interface " + bridge +
                             " belongs to another engine in this network namespace: give this one "
                             "another network.bridge"));
  return true;
}

std::optional<Claim> DataPlane::release_bridge(const std::string& bridge) {
  const std::lock_guard lock(mutex_);
  const auto found = bridges_.find(bridge);
  if (found == bridges_.end()) return std::nullopt;
  std::optional<Claim> claim(std::move(found->second));
  bridges_.erase(found);
  return claim;
}

void DataPlane::with_rules(const std::function<void()>& change) {
  for (int tries = 1;; ++tries) {
    try {
      return change();
    } catch (const Error& error) {
      if (error.os_errno() != ENOENT || tries == kTriesUnderReloads) throw;
    }
    restore_rules();
  }
}

void DataPlane::network_up(std::string_view document) {
  const NetworkConfig network = parse_network(parse_object(document, "network"));
  if (network.driver != NetworkConfig::Driver::bridge)
    return raise_parent(NetlinkSocket(), network);
  removal_.wait_for(network.bridge);
  const bool claimed = claim_bridge(network.bridge);
  bool made = false;
  const NetlinkSocket host;
  ScopeGuard undo([&] {
    if (made) {
      try {
        remove_bridge(host, network.bridge);
        firewall_.remove_network(network);
      } catch (const Error&) {
        // The error that brought us here says enough.
      }
    }
    if (claimed) release_bridge(network.bridge);
  });
  made = make_bridge(host, network);
  // Rules before it is up: without them it would let packets through that should not pass.
  firewall_.add_network(network);
  raise_bridge(host, network);
  undo.dismiss();
}

void DataPlane::network_down(std::string_view document) {
  const JsonDocument parsed = parse_object(document, "network");
  // "host" and "none" have neither an interface nor rules.
  if (text_of(parsed, "bridge").empty() && text_of(parsed, "parent").empty()) return;
  const NetworkConfig network = parse_network(parsed);
  if (network.driver != NetworkConfig::Driver::bridge)
    return remove_parent(NetlinkSocket(), network);
  removal_.wait_for(network.bridge);
  claim_bridge(network.bridge);
  const bool retired = retire_bridge(NetlinkSocket(), network);
  // Before the interface: while the kernel removes one, changes of rules wait for it.
  firewall_.remove_network(network);
  auto claim = std::make_shared<std::optional<Claim>>(release_bridge(network.bridge));
  if (retired)
    removal_.run(network.bridge, [bridge = network.bridge, claim] { remove_slowly(bridge); });
}

std::vector<std::string> DataPlane::used_subnets() const {
  return routed_prefixes(NetlinkSocket());
}

void DataPlane::sandbox_up(const std::string& id, std::string_view document,
                           const OpenNamespace& open) {
  const SandboxConfig config = parse_sandbox(parse_object(document, "sandbox"));
  check_container_id(id);
  Sandbox sandbox;
  switch (config.mode) {
    case SandboxConfig::Mode::host:
      sandbox.host = true;
      break;
    case SandboxConfig::Mode::container:
      sandbox.netns = open(config.container);
      sandbox.host = !sandbox.netns;
      break;
    case SandboxConfig::Mode::own: {
      const NetlinkSocket host;
      NetworkNamespace made = make_network_namespace();
      raise_loopback(made.socket);
      for (const EndpointConfig& endpoint : config.endpoints) raise_endpoint(host, made, endpoint);
      sandbox.netns = std::move(made.fd);
      break;
    }
  }
  const std::lock_guard lock(mutex_);
  waiting_.insert_or_assign(id, std::move(sandbox));
}

void DataPlane::sandbox_down(const std::string& id) {
  Sandbox dropped;  // closed without the lock: the last descriptor may end a namespace
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return;
  dropped = std::move(found->second);
  waiting_.erase(found);
}

std::optional<Sandbox> DataPlane::take_sandbox(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) return std::nullopt;
  Sandbox sandbox = std::move(found->second);
  waiting_.erase(found);
  return sandbox;
}

void DataPlane::endpoint_up(UniqueFd netns, std::string_view document) const {
  const EndpointConfig endpoint = parse_endpoint(parse_object(document, "endpoint"));
  const NetworkNamespace inside = enter_network_namespace(std::move(netns));
  const NetlinkSocket host;
  if (!settle_endpoint(host, inside, endpoint)) raise_endpoint(host, inside, endpoint);
}

void DataPlane::endpoint_down(UniqueFd netns, std::string_view document) const {
  const EndpointConfig endpoint = parse_endpoint(parse_object(document, "endpoint"));
  remove_endpoint(NetlinkSocket(), enter_network_namespace(std::move(netns)), endpoint);
}

}  // namespace gantry::oci
