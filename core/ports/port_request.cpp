#include "core/ports/port_request.hpp"

#include <map>
#include <tuple>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::ports {
namespace {

[[noreturn]] void fail(std::string_view spec) {
  throw Error(Errc::invalid, "invalid port specification: \"" + std::string(spec) + "\"");
}

int to_port(std::string_view digits, std::string_view spec) {
  const auto port = text::to_int(digits);
  if (!port || *port < 0 || *port > 65535) fail(spec);
  return static_cast<int>(*port);
}

struct ContainerPort {
  int number = 0;
  std::string protocol;
  auto operator<=>(const ContainerPort&) const = default;
};

ContainerPort parse_container_port(std::string_view spec) {
  const size_t slash = spec.find('/');
  return {to_port(spec.substr(0, slash), spec),
          slash == std::string_view::npos ? "tcp" : text::lower(spec.substr(slash + 1))};
}

void parse_host_port(const std::string& spec, PortRequest& request) {
  if (spec.empty()) return;
  const size_t dash = spec.find('-');
  request.first = to_port(std::string_view(spec).substr(0, dash), spec);
  request.last = dash == std::string::npos ? request.first
                                           : to_port(std::string_view(spec).substr(dash + 1), spec);
  if (request.last < request.first) fail(spec);
}

}  // namespace

std::vector<PortRequest> port_requests(const domain::Config& config,
                                       const domain::HostConfig& host_config,
                                       const std::vector<std::string>& any_addresses) {
  std::map<ContainerPort, std::vector<domain::PortBinding>> wanted;
  if (host_config.publish_all)
    for (const std::string& exposed : config.exposed_ports) wanted[parse_container_port(exposed)];
  for (const auto& [spec, bindings] : host_config.port_bindings)
    wanted[parse_container_port(spec)] = bindings;

  std::vector<PortRequest> requests;
  for (auto& [port, bindings] : wanted) {
    // What the client names, or leaves to `publish_all`, without a binding gets any host port.
    if (bindings.empty()) bindings.emplace_back();
    for (const domain::PortBinding& binding : bindings) {
      PortRequest request;
      request.container_port = port.number;
      request.protocol = port.protocol;
      if (binding.host_ip.empty())
        request.host_ips = any_addresses;
      else if (binding.host_ip.size() > 2 && binding.host_ip.front() == '[')
        request.host_ips = {binding.host_ip.substr(1, binding.host_ip.size() - 2)};
      else
        request.host_ips = {binding.host_ip};
      parse_host_port(binding.host_port, request);
      requests.push_back(std::move(request));
    }
  }
  return requests;
}

}  // namespace gantry::ports
