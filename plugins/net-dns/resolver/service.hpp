// Decides what each query gets: an answer from the zone, from the cache, from outside, or a
// refusal. Knows no sockets of clients but by their doors' numbers. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include "resolver/asker.hpp"
#include "resolver/cache.hpp"
#include "resolver/client.hpp"
#include "resolver/forwarder.hpp"
#include "resolver/host_servers.hpp"
#include "resolver/zone.hpp"

namespace net_dns {

class Service {
 public:
  /// Short: a container that was made again has another address at once, and a client that keeps
  /// answers should not go on asking the old one.
  static constexpr std::uint32_t kTtlSeconds = 5;

  Service(Poller& poller, Timers& timers);

  Zone& zone() { return zone_; }
  HostServers& host_servers() { return host_servers_; }

  void set_container(const ContainerSettings& settings);
  void forget_container(const std::string& id);
  /// Makes it known when it is not.
  AskerPtr asker(const std::string& id);
  /// Null: not known.
  AskerPtr find_asker(const std::string& id) const;
  /// Every container that settings came for.
  void each_container(const std::function<void(const ContainerSettings&)>& each) const;

  /// Doors have numbers, so that an answer that comes late finds its client or nobody.
  std::uint64_t add_door(Door& door);
  void remove_door(std::uint64_t number) { doors_.erase(number); }
  /// Addresses that this process itself listens at in the host's network: never asked as servers.
  void add_own_address(const SocketAddress& address);
  void remove_own_address(const SocketAddress& address);

  /// Called with each query before it is looked at: news that are older than the query come first.
  std::function<void()> before_answer = [] {};

  /// The answer to send at once – valid until the next call – or null: none, or it comes later
  /// through the door. `asker` null: a stranger. `size`: bytes of the query.
  const Bytes* answer(const AskerPtr& asker, const std::uint8_t* query, std::size_t size,
                      const Client& client);

 private:
  Bytes answer_known(const AskerPtr& asker, const ldns_pkt& query, const Question& question,
                     std::string_view memo_key, std::size_t limit, bool& known);
  Bytes answer_outside(const AskerPtr& asker, const ldns_pkt& query, const Question& question,
                       const std::uint8_t* bytes, std::size_t size, const Client& client,
                       std::size_t limit);
  std::vector<SocketAddress> usable(const std::vector<SocketAddress>& servers, bool inside) const;

  Zone zone_;
  HostServers host_servers_;
  std::uint64_t servers_generation_ = 0;
  Cache cache_;
  std::unordered_map<std::string, AskerPtr> askers_;
  std::map<std::uint64_t, Door*> doors_;
  std::uint64_t last_door_ = 0;
  std::vector<SocketAddress> own_addresses_;
  Bytes answer_;
  Forwarder forwarder_;
};

}  // namespace net_dns
