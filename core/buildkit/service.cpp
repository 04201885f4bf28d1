#include "core/buildkit/service.hpp"

#include "core/base/error.hpp"
#include "core/base/scope_guard.hpp"
#include "core/buildkit/proto_text.hpp"

namespace gantry::buildkit {

Service::Service(Given given)
    : given_(std::move(given)),
      solver_({sessions_, given_.builds, given_.images}),
      posted_(sessions_, solver_, given_.builds) {
  silence_protobuf();
}

void Service::serve(UniqueFd fd, std::string read_ahead) {
  const auto connection = grpc::Connection::server(
      std::move(fd), std::move(read_ahead), [this](grpc::Call& call) { return answer(call); });
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    connections_.insert(connection.get());
  }
  const ScopeGuard forget([&] {
    const std::lock_guard lock(mutex_);
    connections_.erase(connection.get());
  });
  connection->run();
}

void Service::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (grpc::Connection* connection : connections_) connection->close();
  }
  posted_.close();
  sessions_.close();
}

grpc::Status Service::answer(grpc::Call& call) {
  static const std::map<std::string, Method> kMethods{
      {"/moby.buildkit.v1.Control/ListWorkers", &Service::list_workers},
      {"/moby.buildkit.v1.Control/Info", &Service::info},
      {"/moby.buildkit.v1.Control/Solve", &Service::solve},
      {"/moby.buildkit.v1.Control/Status", &Service::status},
      {"/moby.buildkit.v1.Control/DiskUsage", &Service::disk_usage},
      {"/moby.buildkit.v1.Control/Prune", &Service::prune},
      {"/moby.buildkit.v1.Control/Session", &Service::session},
      {"/moby.buildkit.v1.frontend.LLBBridge/Ping", &Service::ping},
      {"/moby.buildkit.v1.frontend.LLBBridge/Solve", &Service::gateway_solve},
      {"/moby.buildkit.v1.frontend.LLBBridge/Evaluate", &Service::gateway_evaluate},
      {"/moby.buildkit.v1.frontend.LLBBridge/Return", &Service::gateway_return},
      {"/moby.buildkit.v1.frontend.LLBBridge/ReadFile", &Service::read_file},
      {"/moby.buildkit.v1.frontend.LLBBridge/ReadDir", &Service::read_directory},
      {"/moby.buildkit.v1.frontend.LLBBridge/StatFile", &Service::stat_file},
  };
  const auto found = kMethods.find(call.path());
  if (found == kMethods.end()) return {grpc::Code::unimplemented, "unknown method " + call.path()};
  return (this->*found->second)(call);
}

}  // namespace gantry::buildkit
