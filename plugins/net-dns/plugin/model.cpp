#include "plugin/model.hpp"

#include <algorithm>

namespace net_dns {

namespace sdk = gantry::sdk;

bool Model::is_default(const std::string& network_id) const {
  const auto it = networks.find(network_id);
  return it != networks.end() && it->second.is_default;
}

std::string Model::gateway_of(const std::string& network_id) const {
  const auto it = networks.find(network_id);
  if (it == networks.end()) return {};
  return it->second.gateway.empty() ? it->second.gateway6 : it->second.gateway;
}

bool Model::needs_resolver() const {
  if (!inside.empty() || !gateways.empty()) return true;
  return std::any_of(members.begin(), members.end(), [this](const auto& network) {
    return !network.second.empty() && !is_default(network.first);
  });
}

bool Model::has_network(const std::string& container_id) const {
  return std::any_of(members.begin(), members.end(),
                     [&](const auto& network) { return network.second.count(container_id) != 0; });
}

void Model::forget_container(const std::string& container_id) {
  containers.erase(container_id);
  inside.erase(container_id);
}

void Model::send(const Channel& channel) const {
  channel.send(message("settings", {{"settings", to_json(settings)}}));
  for (const auto& [id, network] : networks) {
    channel.send(message("network", {{"network", to_json(network)}}));
    if (const auto list = members.find(id); list != members.end())
      for (const auto& [container, member] : list->second)
        channel.send(message("member", {{"network", id}, {"member", to_json(member)}}));
  }
  for (const auto& [id, container] : containers)
    channel.send(message("container", {{"container", to_json(container)}}));
  for (const auto& [id, sockets] : inside) {
    std::vector<int> fds{sockets.udp.get(), sockets.tcp.get()};
    if (sockets.life) fds.push_back(sockets.life.get());
    channel.send(message("inside", {{"id", id}, {"serial", sockets.serial}}), fds);
  }
  for (const auto& [id, sockets] : gateways)
    channel.send(message("gateway", {{"id", id}}), {sockets.udp.get(), sockets.tcp.get()});
}

bool Model::take(Message& message, std::string& stamp) {
  const sdk::Object object(message.text);
  const std::string op = object.string("op"), id = object.string("id");
  auto& fds = message.fds;
  if (op == "network") {
    auto network = sdk::detail::read_network(object.string("network"));
    const std::string key = network.id;
    networks[key] = std::move(network);
  } else if (op == "member") {
    auto member = sdk::detail::read_member(object.string("member"));
    const std::string key = member.container_id;
    members[object.string("network")][key] = std::move(member);
  } else if (op == "container") {
    auto container = read_container_settings(object.string("container"));
    const std::string key = container.id;
    containers[key] = std::move(container);
  } else if (op == "inside" && fds.size() >= 2) {
    inside[id] = {std::move(fds[0]), std::move(fds[1]),
                  fds.size() > 2 ? std::move(fds[2]) : UniqueFd(), object.string("serial")};
  } else if (op == "gateway" && fds.size() == 2) {
    gateways[id] = {std::move(fds[0]), std::move(fds[1])};
  } else if (op == "end") {
    stamp = object.string("stamp");
    return false;
  }
  return true;
}

}  // namespace net_dns
