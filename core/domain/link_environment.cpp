#include "core/domain/link_environment.hpp"

#include <algorithm>
#include <tuple>

#include "core/base/text.hpp"

namespace gantry::domain {
namespace {

struct Port {
  int number = 0;
  std::string protocol;
};

/// By number; of one number, TCP first.
std::vector<Port> sorted_ports(const Config& config) {
  std::vector<Port> ports;
  for (const std::string& exposed : config.exposed_ports) {
    const size_t slash = exposed.find('/');
    const auto number = text::to_int(exposed.substr(0, slash));
    if (!number) continue;
    ports.push_back({static_cast<int>(*number),
                     slash == std::string::npos ? "tcp" : text::lower(exposed.substr(slash + 1))});
  }
  std::sort(ports.begin(), ports.end(), [](const Port& a, const Port& b) {
    return std::make_tuple(a.number, a.protocol != "tcp") <
           std::make_tuple(b.number, b.protocol != "tcp");
  });
  return ports;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

class Environment {
 public:
  Environment(const std::string& name, std::string address) : address_(std::move(address)) {
    prefix_ = upper(name.substr(name.rfind('/') + 1));
    std::replace(prefix_.begin(), prefix_.end(), '-', '_');
  }

  void add(const std::string& suffix, const std::string& value) {
    lines_.push_back(prefix_ + suffix + "=" + value);
  }
  std::string url(const Port& port) const {
    return port.protocol + "://" + address_ + ":" + std::to_string(port.number);
  }
  void add_port(const Port& port) {
    const std::string suffix = suffix_of(port);
    add(suffix, url(port));
    add(suffix + "_ADDR", address_);
    add(suffix + "_PORT", std::to_string(port.number));
    add(suffix + "_PROTO", port.protocol);
  }
  void add_range(const Port& first, const Port& last) {
    const std::string suffix = suffix_of(first);
    add(suffix + "_START", url(first));
    add(suffix + "_PORT_START", std::to_string(first.number));
    add(suffix + "_END", url(last));
    add(suffix + "_PORT_END", std::to_string(last.number));
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  static std::string suffix_of(const Port& port) {
    return "_PORT_" + std::to_string(port.number) + "_" + upper(port.protocol);
  }

  std::string prefix_, address_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> link_environment(const std::string& name, const std::string& address,
                                          const Config& linked) {
  Environment environment(name, address);
  const std::vector<Port> ports = sorted_ports(linked);
  if (!ports.empty()) environment.add("_PORT", environment.url(ports.front()));
  for (size_t i = 0, first = 0; i < ports.size(); ++i) {
    environment.add_port(ports[i]);
    const bool goes_on = i + 1 < ports.size() && ports[i + 1].number == ports[i].number + 1 &&
                         ports[i + 1].protocol == ports[i].protocol;
    if (goes_on) continue;
    if (i > first) environment.add_range(ports[first], ports[i]);
    first = i + 1;
  }
  environment.add("_NAME", name);
  for (const std::string& variable : linked.env) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos) continue;
    const std::string key = variable.substr(0, equals);
    // What every image has says nothing about the service.
    if (key == "HOME" || key == "PATH") continue;
    environment.add("_ENV_" + key, variable.substr(equals + 1));
  }
  return environment.take();
}

}  // namespace gantry::domain
