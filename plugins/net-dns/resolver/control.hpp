// The resolver's side of the connection to the plugin: what it is told becomes the zone, the
// containers' settings and the doors. Without a plugin it goes on with what it has, until no
// container needs it or the next plugin comes and asks what that is. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocol/channel.hpp"
#include "resolver/tcp_door.hpp"
#include "resolver/udp_door.hpp"

namespace net_dns {

class Control final : public Handler {
 public:
  /// `stamp`: what the plugin knows this program by.
  Control(UniqueFd plugin, UniqueFd listener, std::string stamp, Service& service, Poller& poller,
          Timers& timers);
  ~Control() override;

  /// Nobody needs it, or it was told to end.
  bool done() const { return done_; }
  void ready() override { take_messages(); }
  /// Frees what went while its own code was on the stack. The loop calls it between events.
  void tidy();

 private:
  class Newcomer;
  class Life;
  /// Where questions of one container, or those of one network's members, come in.
  struct Entrance {
    UniqueFd udp, tcp;  // kept for the next plugin; the doors have copies
    UniqueFd life_fd;
    std::string serial;  // the plugin's
    std::unique_ptr<UdpDoor> udp_door;
    std::unique_ptr<TcpDoor> tcp_door;
    std::unique_ptr<Life> life;
    bool is_own_address = false;
  };
  using Entrances = std::map<std::string, Entrance>;

  bool accept_plugin();
  void set_plugin(UniqueFd socket);
  void take_messages();
  void take(Message& message);
  bool take_about_names(const std::string& op, const gantry::sdk::Object& object);
  void tell_all();
  void tell(std::string_view text, const std::vector<int>& fds = {});

  void set_inside(const std::string& container, const std::string& serial,
                  std::vector<UniqueFd> fds);
  void set_gateway(const std::string& network, std::vector<UniqueFd> fds);
  void open(Entrance& entrance, WhoAsks who);
  void open_inside(const std::string& container, Entrance& entrance);
  void open_gateway(const std::string& network, Entrance& entrance);
  void serve();
  void close_inside(const std::string& container);
  void close_gateway(const std::string& network);
  void container_ended(const std::string& container);
  void end_if_idle();

  const std::string stamp_;
  Service& service_;
  Poller& poller_;
  Timers& timers_;
  Channel plugin_;
  UniqueFd listener_;
  std::unique_ptr<Newcomer> newcomer_;
  Entrances inside_, gateways_;  // by container, by network
  std::vector<Entrance> retired_;
  std::vector<std::string> retired_gateways_;  // told when they are closed
  Settings settings_;
  bool serving_ = false;
  bool done_ = false;
};

}  // namespace net_dns
