#include "network/firewall.hpp"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "base/error.hpp"
#include "base/scope_guard.hpp"
#include "network/firewall_rules.hpp"
#include "network/netlink.hpp"
#include "network/nft.hpp"
#include "network/nft_elements.hpp"

namespace gantry::oci {
namespace {

constexpr std::uint8_t kFamilies[] = {AF_INET, AF_INET6};

// The first and the last address of a subnet, as the kernel holds them.
struct Range {
  std::string first, last;
};

Range range_of(const std::string& subnet, int family) {
  const auto parsed = parse_address(subnet, family);
  const std::size_t size = ::nl_addr_get_len(parsed.get());
  Range range;
  range.first.assign(static_cast<const char*>(::nl_addr_get_binary_addr(parsed.get())), size);
  range.last = range.first;
  for (std::size_t bit = ::nl_addr_get_prefixlen(parsed.get()); bit < size * 8; ++bit) {
    const int mask = 0x80 >> bit % 8;
    range.first[bit / 8] = static_cast<char>(range.first[bit / 8] & ~mask);
    range.last[bit / 8] = static_cast<char>(range.last[bit / 8] | mask);
  }
  return range;
}

// The key behind; empty at the end of the address space, where an interval needs no end.
std::string next(std::string key) {
  for (std::size_t i = key.size(); i-- > 0;) {
    key[i] = static_cast<char>(key[i] + 1);
    if (key[i] != 0) return key;
  }
  return {};
}

std::string interface_key(const std::string& name) {
  std::string key = name;
  key.resize(IFNAMSIZ, '\0');
  return key;
}

std::string binary(const std::string& address, int family) {
  const auto parsed = parse_address(address, family);
  return {static_cast<const char*>(::nl_addr_get_binary_addr(parsed.get())),
          ::nl_addr_get_len(parsed.get())};
}

// One family's part of a network.
class Elements {
 public:
  Elements(const NetworkConfig& network, std::uint8_t family, bool add)
      : network_(network), family_(family), add_(add), own_(network.part(family)) {}

  void append_to(std::vector<SetChange>& changes) {
    changes_ = &changes;
    const std::string bridge = interface_key(network_.bridge);
    put("bridges", {bridge, {}, {}});
    if (network_.internal) put("internal", {bridge, {}, {}});
    put(network_.icc ? "pairs" : "closed", {bridge + bridge, {}, {}});
    if (own_.mode == GatewayMode::nat_unprotected) put("unprotected", {bridge, {}, {}});
    if (own_.mode == GatewayMode::routed) put("routed", {bridge, {}, {}});
    for (const std::string& trusted : network_.trusted)
      put("trusted", {interface_key(trusted) + bridge, {}, {}});
    const Range range = range_of(own_.subnet, family_);
    put("attached", {bridge + range.first, {}, bridge + range.last});
    if (!network_.masquerade || network_.internal || own_.mode == GatewayMode::routed) return;
    if (own_.source.empty())
      put_interval("masqueraded", range, {});
    else
      put_interval("sources", range, binary(own_.source, family_));
  }

 private:
  void put(const char* set, SetElement element) {
    changes_->push_back({add_, set, std::move(element), family_});
  }
  void put_interval(const char* set, const Range& range, const std::string& data) {
    put(set, {range.first, data, {}});
    if (std::string end = next(range.last); !end.empty()) {
      SetElement element{std::move(end), {}, {}};
      element.interval_end = true;
      put(set, std::move(element));
    }
  }

  const NetworkConfig& network_;
  const std::uint8_t family_;
  const bool add_;
  const NetworkConfig::Part& own_;
  std::vector<SetChange>* changes_ = nullptr;
};

std::vector<SetChange> changes_for(const NetworkConfig& network, bool add) {
  std::vector<SetChange> changes;
  for (const std::uint8_t family : kFamilies)
    if (!network.part(family).subnet.empty()) Elements(network, family, add).append_to(changes);
  return changes;
}

bool holds_networks(const std::string& table, std::uint8_t family) {
  const auto bridges = list_elements(table, "bridges", family);
  return bridges && !bridges->empty();
}

}  // namespace

Firewall::~Firewall() {
  try {
    if (holds_networks(table_, AF_INET) || holds_networks(table_, AF_INET6)) return;
    delete_table(table_, AF_INET);
    delete_table(table_, AF_INET6);
  } catch (const Error&) {
    // An empty table does nothing.
  }
}

bool Firewall::install_locked(std::uint8_t family) {
  bool& installed = family == AF_INET ? installed4_ : installed6_;
  if (installed) return false;
  apply_ruleset(firewall_rules(table_, family));
  installed = true;
  return true;
}

void Firewall::add_network(const NetworkConfig& network) {
  bool anew = false;
  {
    const std::lock_guard lock(mutex_);
    // Published ports of the host's IPv4 addresses have their maps in the first one.
    anew |= install_locked(AF_INET);
    if (!network.ipv6.subnet.empty()) anew |= install_locked(AF_INET6);
    const bool fresh = networks_.insert_or_assign(network.bridge, network).second;
    ScopeGuard undo([&] {
      if (fresh) networks_.erase(network.bridge);
    });
    try {
      if (complete_) change_elements(table_, changes_for(network, true));
    } catch (const Error& error) {
      if (error.os_errno() != ENOENT) throw;
      complete_ = false;  // somebody flushed the host's ruleset
    }
    if (!complete_) {
      restore_locked(network.bridge);
      anew = true;
    }
    undo.dismiss();
  }
  if (anew) made();
}

void Firewall::restore_locked(const std::string& wanted) {
  std::exception_ptr failure;
  for (int tries = 0; tries < kTriesUnderReloads; ++tries) {
    failure = nullptr;
    if (try_restore_locked(wanted, failure)) break;
  }
  if (failure) std::rethrow_exception(failure);
}

bool Firewall::try_restore_locked(const std::string& wanted, std::exception_ptr& failure) {
  complete_ = installed4_ = installed6_ = false;
  bool complete = true;  // a network that cannot be made does not keep the others away
  bool there = true;
  for (const auto& [bridge, network] : networks_) {
    install_locked(AF_INET);
    if (!network.ipv6.subnet.empty()) install_locked(AF_INET6);
    try {
      change_elements(table_, changes_for(network, true));
    } catch (const Error& error) {
      complete = false;
      there &= error.os_errno() != ENOENT;
      if (wanted.empty() || wanted == bridge) failure = std::current_exception();
    }
  }
  complete_ = complete;
  return there;
}

bool Firewall::restore() {
  {
    const std::lock_guard lock(mutex_);
    complete_ = false;  // also when this fails: the next change tries again
    if (networks_.empty()) return false;
    restore_locked();
  }
  made();
  return true;
}

void Firewall::remove_network(const NetworkConfig& network) {
  const auto changes = changes_for(network, false);
  const std::lock_guard lock(mutex_);
  networks_.erase(network.bridge);
  try {
    return change_elements(table_, changes);
  } catch (const Error& error) {
    if (error.os_errno() != ENOENT) throw;
  }
  // Not all of it is there, and a transaction is all or nothing.
  for (std::size_t at = 0; at < changes.size();) {
    std::size_t end = at + 1;  // both ends of an interval go together
    while (end < changes.size() && changes[end].element.interval_end) ++end;
    try {
      change_elements(table_, {changes.begin() + static_cast<std::ptrdiff_t>(at),
                               changes.begin() + static_cast<std::ptrdiff_t>(end)});
    } catch (const Error& missing) {
      if (missing.os_errno() != ENOENT) throw;
    }
    at = end;
  }
}

}  // namespace gantry::oci
