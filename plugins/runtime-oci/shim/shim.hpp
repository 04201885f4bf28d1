// Everything a supervisor consists of, and the requests that reach it.
#pragma once

#include "connections.hpp"
#include "container.hpp"
#include "events.hpp"
#include "execs.hpp"
#include "loop.hpp"
#include "ports.hpp"

namespace gantry::shim {

class Shim final : RequestHandler, ContainerCompanions {
 public:
  Shim();
  // Until nothing is left to do. `control`: the creating connection.
  void run(UniqueFd control);

 private:
  bool open();
  // Destroys what has ended. False: the shim's life is over.
  bool sweep();
  void on_child(std::uint32_t events);

  void on_request(Connection& connection, Type type, std::string_view body,
                  ReceivedFds& fds) override;
  void create(Connection& connection, std::string_view body);
  void attach(Connection& connection, std::string_view body, ReceivedFds& fds);
  void resize(Connection& connection, std::string_view body);
  void signal(Connection& connection, std::string_view body);
  void publish(Connection& connection, std::string_view body, ReceivedFds& fds);

  void hurry_execs() override { execs_.hurry(); }
  void release_ports() override { ports_.release(); }

  Loop loop_;
  Events events_;
  Connections connections_;
  Container container_;
  Execs execs_;
  Ports ports_;
  UniqueFd signals_;
  Watch signals_watch_;
  std::uint64_t creator_ = 0;  // serial of the creating connection
};

}  // namespace gantry::shim
