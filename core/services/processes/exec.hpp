// Exec: further processes in a running container (behaviours.md 3.8 to 3.10). Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/services/base/client_connection.hpp"
#include "core/services/start/starts_under_way.hpp"
#include "core/services/world/container_lookup.hpp"
#include "core/services/world/container_world.hpp"

namespace gantry::services {

class ExecService {
 public:
  ExecService(const ContainerWorld& world, StartsUnderWay& starts)
      : world_(world), starts_(starts) {}

  /// `config.container_id` is the reference as sent; returns the exec's id.
  std::string create(ExecConfig config);

  struct StartOptions {
    bool framed = true;  // not the `Tty` of the start request
    std::uint32_t tty_rows = 0, tty_columns = 0;
  };
  /// Runs it detached; returns once the process is started.
  void start_detached(const std::string& exec_id);
  /// Takes the connection and hands it to the supervisor. Who has got its head sees the exec
  /// running, or ended. What fails after that is written to the connection as text, also that it
  /// has been started before.
  void start(const std::string& exec_id, const StartOptions& options, const TakeConnection& take);
  void resize(const std::string& exec_id, std::uint32_t rows, std::uint32_t columns);

  ExecView inspect(const std::string& exec_id) const { return world_.execs.get(exec_id); }

  /// The same without waiting for anything: for probes, which hold the lease.
  std::string create_in(const domain::ContainerRecord& record, ExecConfig config);
  /// For probes: starts what was begun (ExecTable::begin_start), with a stream of our own. Lets go
  /// of the lease before the process is started.
  void start_begun(LeasedContainer container, const ExecView& exec,
                   const pluginhost::ClientStream* stream, const StartOptions& options);

 private:
  const ContainerWorld& world_;
  StartsUnderWay& starts_;
};

}  // namespace gantry::services
