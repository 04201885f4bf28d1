// net-dns: containers find each other by DNS. The answering is done by a process of its own,
// gantry-resolver, which outlives the daemon; this plugin tells it what is where. Containers ask at
// 127.0.0.11, where their runtime lets the resolver listen inside their network stack; with a
// runtime that cannot, they ask at their network's gateway. On the default network Docker resolves
// no names, and neither does this.
#include <fcntl.h>

#include <chrono>
#include <gantry/cpp/container_files.hpp>
#include <gantry/cpp/network.hpp>

#include "plugin/gateway_sockets.hpp"
#include "plugin/plugin_settings.hpp"
#include "plugin/resolver_link.hpp"

namespace net_dns {

namespace sdk = gantry::sdk;

namespace {

/// Where Docker's resolver is; many a project has it in its configuration.
constexpr const char* kInsideAddress = "127.0.0.11";
constexpr std::uint32_t kInsidePort = 53;

UniqueFd copy_of(int fd) {
  if (fd < 0) return {};
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) throw sdk::os_error("resolver: dup");
  return copy;
}

bool sets_ndots(const std::string& resolv_conf) {
  for (const auto& option : sdk::files::parse_resolver_file(resolv_conf).options)
    if (option.rfind("ndots:", 0) == 0) return option != "ndots:0";
  return false;
}

}  // namespace

class NetDns final : public sdk::NameService, public sdk::Resolver {
 public:
  using Kind = sdk::NameService::Kind;

  explicit NetDns(const sdk::Host& host)
      : settings_(parse_settings(host.config())),
        link_(host, settings_.program, settings_.resolver) {}

  void network_added(const sdk::Network& network) override {
    link_.change([&](Model& model, const auto& tell) {
      model.networks[network.id] = network;
      tell(message("network", {{"network", to_json(network)}}));
    });
  }

  void network_removed(const std::string& network_id) override {
    link_.change([&](Model& model, const auto& tell) {
      std::vector<std::string> left;
      for (const auto& [container, member] : model.members[network_id]) left.push_back(container);
      model.members.erase(network_id);
      tell.close_gateway(network_id);
      model.networks.erase(network_id);
      tell(message("no_network", {{"id", network_id}}));
      for (const auto& container : left) forget_if_alone(model, container, tell);
    });
  }

  void endpoint_added(const std::string& network_id, const sdk::Member& member) override {
    link_.change([&](Model& model, const auto& tell) {
      if (model.networks.count(network_id) == 0)
        throw sdk::Error(GANTRY_NOT_FOUND, "no network " + network_id);
      model.members[network_id][member.container_id] = member;
      tell(message("member", {{"network", network_id}, {"member", to_json(member)}}));
    });
  }

  void endpoint_removed(const std::string& network_id, const std::string& container_id) override {
    link_.change([&](Model& model, const auto& tell) {
      const auto members = model.members.find(network_id);
      if (members != model.members.end() && members->second.erase(container_id) != 0) {
        tell(message("no_member", {{"network", network_id}, {"container", container_id}}));
        if (members->second.empty()) {
          model.members.erase(members);
          tell.close_gateway(network_id);
        }
      }
      forget_if_alone(model, container_id, tell);
    });
  }

  sdk::ContainerFiles container_files(const sdk::ContainerRequest& container) override {
    sdk::ContainerFiles files;
    files.hosts = sdk::files::hosts_for(container, "");
    std::string resolv_conf;
    if (!container.inside_sockets) wait_for_gateways(container);
    link_.change([&](Model& model, const auto& tell) {
      const std::string address = resolver_of(model, container, tell);
      if (address.empty()) {
        resolv_conf = sdk::files::resolv_conf(container, settings_.resolver.fallback);
        return;
      }
      resolv_conf = sdk::files::resolver_conf(container, address);
      const ContainerSettings settings{container.id, container.dns, sets_ndots(resolv_conf)};
      model.containers[container.id] = settings;
      tell(message("container", {{"container", to_json(settings)}}));
      if (!container.inside_sockets) return;
      // A container that starts has a new network stack.
      const bool starts = container.current_resolv_conf.empty();
      if (!starts && model.inside.count(container.id) != 0) return;
      files.inside_address = kInsideAddress;
      files.inside_port = kInsidePort;
    });
    files.resolv_conf = sdk::files::unless_edited(container, resolv_conf);
    return files;
  }

  void serve(const std::string& container_id, const gantry_inside_sockets& sockets) override {
    InsideSockets kept{copy_of(sockets.udp), copy_of(sockets.tcp), copy_of(sockets.life), {}};
    if (!kept.udp || !kept.tcp) throw sdk::Error(GANTRY_INVALID, "no sockets");
    link_.change([&](Model& model, const auto& tell) {
      kept.serial = std::to_string(++serial_);
      std::vector<int> fds{kept.udp.get(), kept.tcp.get()};
      if (kept.life) fds.push_back(kept.life.get());
      tell(message("inside", {{"id", container_id}, {"serial", kept.serial}}), fds);
      model.inside[container_id] = std::move(kept);
    });
  }

 private:
  /// The resolver may still be closing what it had at these addresses.
  void wait_for_gateways(const sdk::ContainerRequest& container) {
    for (const auto& endpoint : container.endpoints) {
      const std::string address =
          link_.read([&](const Model& model) { return model.gateway_of(endpoint.network_id); });
      if (!address.empty()) link_.wait_until_closed(address);
    }
  }

  /// Where the container finds its resolver; "": it has none. The link is locked.
  std::string resolver_of(Model& model, const sdk::ContainerRequest& container,
                          const ResolverLink::Talk& tell) {
    std::string address;
    for (const auto& endpoint : container.endpoints) {
      if (model.networks.count(endpoint.network_id) == 0 || model.is_default(endpoint.network_id))
        continue;
      if (container.inside_sockets) return kInsideAddress;
      const std::string gateway = model.gateway_of(endpoint.network_id);
      if (gateway.empty()) continue;
      if (model.gateways.count(endpoint.network_id) == 0) {
        auto sockets = open_gateway_sockets(gateway, settings_.port);
        tell(message("gateway", {{"id", endpoint.network_id}}),
             {sockets.udp.get(), sockets.tcp.get()});
        model.gateways[endpoint.network_id] = std::move(sockets);
      }
      if (address.empty()) address = gateway;
    }
    return address;
  }

  /// A container that left its last network has ended, or asks nobody any more.
  static void forget_if_alone(Model& model, const std::string& container_id,
                              const ResolverLink::Talk& tell) {
    if (model.has_network(container_id)) return;
    model.forget_container(container_id);
    tell(message("no_container", {{"id", container_id}}));
  }

  const PluginSettings settings_;
  // Not from one on after a restart: what a resolver kept has numbers, too.
  std::uint64_t serial_ =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  ResolverLink link_;
};

}  // namespace net_dns

GANTRY_PLUGIN(net_dns::NetDns, "net-dns", "Names between containers by DNS")
