// What plugin and resolver tell each other, as JSON text in the members of messages. Pure.
//
// To the resolver: {"op":…}
//   hello: asks for everything the resolver has, told in the words below and ended by "end"
//          {"stamp": of its program, as it was started with}
//   settings    {"settings":"<json>"}          network   {"network":"<json>"}
//   no_network  {"id"}                         member    {"network","member":"<json>"}
//   no_member   {"network","container"}        container {"container":"<json>"}
//   no_container {"id"}: with its sockets
//   inside      {"id","serial"} + descriptors udp, tcp[, life]: the container's sockets
//   gateway     {"id"} + descriptors udp, tcp: the network's
//   no_gateway  {"id"}
//   serve       the snapshot is whole: from now on it answers
//   quit
// From the resolver: the same words after hello, and
//   gateway_closed {"id"}: what "no_gateway" named; its address is free
//   ended       {"id","serial"}: the container's life is over, its sockets are closed
//   log         {"level","text"}
#pragma once

#include <gantry/cpp/network.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net_dns {

/// Of one container: how its questions about the world outside are answered.
struct ContainerSettings {
  std::string id;
  std::vector<std::string> dns;  // its own servers; empty: the host's
  bool ndots_set = false;        // Docker: names without a dot are then not asked for outside
};

struct Settings {
  std::vector<std::string> upstreams;  // instead of the host's servers; "address" or "address:port"
  std::vector<std::string> fallback;   // when the host names none
  std::string resolv_conf = "/etc/resolv.conf";  // the host's
};

std::string to_json(const gantry::sdk::Network& network);
std::string to_json(const gantry::sdk::Member& member);
std::string to_json(const ContainerSettings& container);
std::string to_json(const Settings& settings);
/// Throw gantry::sdk::Error{GANTRY_INVALID}.
ContainerSettings read_container_settings(std::string_view text);
Settings read_settings(std::string_view text);

/// A message of strings: {"op":op, key: value, …}.
std::string message(std::string_view op,
                    std::initializer_list<std::pair<const char*, std::string_view>> members = {});

}  // namespace net_dns
