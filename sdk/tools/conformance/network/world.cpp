#include "conformance/network/world.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sstream>

#include "conformance/network/dns_client.hpp"

namespace conformance::network {

namespace {

constexpr const char* kHosts = "/etc/hosts";
constexpr const char* kResolvConf = "/etc/resolv.conf";

int bound_socket(int type, const std::string& address, std::uint16_t& port) {
  const int fd = ::socket(AF_INET, type, 0);
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &in.sin_addr);
  socklen_t size = sizeof in;
  expect(::bind(fd, reinterpret_cast<const sockaddr*>(&in), size) == 0, "cannot bind " + address);
  if (type == SOCK_STREAM) ::listen(fd, 4);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&in), &size);
  port = ntohs(in.sin_port);
  return fd;
}

}  // namespace

World::~World() {
  if (!subject_.created()) return;
  for (const auto& [id, net] : nets_)
    call("network_removed", table().network_removed, self(), id.c_str());
}

Outcome World::try_add(const Net& net) {
  const std::string text = document(net);
  return call("network_added", table().network_added, self(), bytes(text));
}

void World::add(const Net& net) {
  must("network_added", try_add(net));
  nets_[net.id] = net;
}

void World::remove_network(const std::string& id) {
  must("network_removed", call("network_removed", table().network_removed, self(), id.c_str()));
  nets_.erase(id);
  for (auto& [container, known] : containers_) known.members.erase(id);
}

void World::join(const Net& net, const Member& member) {
  containers_[member.id].members[net.id] = member;
  const std::string text = document(member);
  must("endpoint_added",
       call("endpoint_added", table().endpoint_added, self(), net.id.c_str(), bytes(text)));
}

void World::leave(const Net& net, const std::string& container) {
  containers_[container].members.erase(net.id);
  must("endpoint_removed", call("endpoint_removed", table().endpoint_removed, self(),
                                net.id.c_str(), container.c_str()));
}

void World::start(const std::string& container, bool runs) {
  Request request;
  request.id = container;
  request.hostname = container.substr(0, 12);
  request.inside_sockets = inside_;
  for (const auto& [net, member] : containers_[container].members)
    request.endpoints.push_back({net, member.address, member.ipv6});
  if (runs) {
    request.current_hosts = hosts(container);
    request.current_resolv_conf = resolv_conf(container);
  }
  const std::string text = document(request);
  const auto files = must_object(
      "container_files", ask("container_files", table().container_files, self(), bytes(text)));
  subject_.put_guest_file(container, kHosts, files.string("hosts"));
  subject_.put_guest_file(container, kResolvConf, files.string("resolv_conf"));
  if (files.document().HasMember("inside_sockets")) {
    expect(inside_, "it wants sockets inside, which this host does not have");
    give_sockets(container);
  }
}

void World::give_sockets(const std::string& container) {
  const auto* extension = subject_.extension<gantry_ext_resolver>(GANTRY_EXT_RESOLVER);
  expect(extension != nullptr, "it wants sockets inside, but has no extension to take them");
  Server& server = containers_[container].inside;
  server = {address_of(container), 0};
  const int udp = bound_socket(SOCK_DGRAM, server.address, server.port);
  std::uint16_t tcp_port = 0;
  const int tcp = bound_socket(SOCK_STREAM, server.address, tcp_port);
  const gantry_inside_sockets sockets = {sizeof sockets, udp, tcp, -1};
  const Outcome outcome = call("serve", extension->serve, self(), container.c_str(), &sockets);
  // Borrowed: the plugin has its own copies.
  ::close(udp);
  ::close(tcp);
  must("serve", outcome);
}

void World::announce_all() {
  for (const auto& [id, net] : nets_) must("network_added", try_add(net));
  for (const auto& [id, container] : containers_)
    for (const auto& [net, member] : container.members) join(nets_.at(net), member);
  for (const auto& [id, container] : containers_)
    if (!container.members.empty()) start(id, true);
}

std::string World::hosts(const std::string& container) {
  return subject_.guest_files()[container + " " + kHosts];
}

std::string World::resolv_conf(const std::string& container) {
  return subject_.guest_files()[container + " " + kResolvConf];
}

void World::write_hosts(const std::string& container, const std::string& text) {
  subject_.put_guest_file(container, kHosts, text);
}

std::string World::address_of(const std::string& container) const {
  const auto it = containers_.find(container);
  if (it == containers_.end() || it->second.members.empty()) return {};
  return it->second.members.begin()->second.address;
}

World::Server World::server_of(const std::string& container) {
  std::istringstream lines(resolv_conf(container));
  std::string keyword, server;
  for (std::string line; std::getline(lines, line) && server.empty();) {
    std::istringstream words(line);
    if (words >> keyword && keyword == "nameserver") words >> server;
  }
  // The container's own loopback, one of our gateways, or a server that does not exist here.
  if (const Server& inside = containers_[container].inside; server == "127.0.0.11") return inside;
  for (const auto& [id, net] : nets_)
    if (net.gateway == server) {
      const auto& options = subject_.settings().options;
      const auto port = options.find("dns_port");
      return {server,
              static_cast<std::uint16_t>(port == options.end() ? 53 : std::stoi(port->second))};
    }
  return {};
}

Addresses World::resolve(const std::string& container, const std::string& name, bool v6) {
  Addresses found;
  std::istringstream lines(hosts(container));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string address;
    words >> address;
    if ((address.find(':') != std::string::npos) != v6) continue;
    for (std::string word; words >> word;)
      if (::strcasecmp(word.c_str(), name.c_str()) == 0) found.insert(address);
  }
  if (!found.empty()) return found;
  const Server server = server_of(container);
  if (server.port == 0) return found;
  const DnsReply reply = ask_dns(address_of(container), server.address, server.port, name, v6);
  expect(reply.rcode >= 0, "its resolver does not answer");
  return reply.addresses;
}

int World::ask_as(const std::string& source, const std::string& container,
                  const std::string& name) {
  const Server server = server_of(container);
  return server.port == 0 ? -1 : ask_dns(source, server.address, server.port, name, false).rcode;
}

}  // namespace conformance::network
