// BuildKit's API on this engine: the services moby.buildkit.v1.Control and
// moby.buildkit.v1.frontend.LLBBridge over upgraded connections, and the clients' sessions. Any
// thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/buildkit/job.hpp"
#include "core/buildkit/posted_builds.hpp"
#include "core/buildkit/proto/gateway.pb.h"
#include "core/buildkit/session.hpp"
#include "core/buildkit/solver.hpp"
#include "core/grpc/connection.hpp"
#include "core/services/builds/build_prune.hpp"

namespace gantry::buildkit {

struct Given {
  services::ImageBuild& builds;
  services::Images& images;
  services::BuildPrune& prune;
  /// What "host-gateway" means, if that is known.
  std::function<std::string()> host_gateway;
};

class Service {
 public:
  explicit Service(Given given);

  /// Answers a client's calls on this thread until it goes. `read_ahead`: see grpc::Connection.
  void serve(UniqueFd fd, std::string read_ahead);
  Sessions& sessions() { return sessions_; }
  PostedBuilds& posted() { return posted_; }
  /// At the end: connections break, builds are stopped, and none begins any more.
  void close();

 private:
  using Method = grpc::Status (Service::*)(grpc::Call&);
  grpc::Status answer(grpc::Call& call);
  grpc::Status list_workers(grpc::Call& call);
  grpc::Status info(grpc::Call& call);
  grpc::Status solve(grpc::Call& call);
  grpc::Status status(grpc::Call& call);
  grpc::Status disk_usage(grpc::Call& call);
  grpc::Status prune(grpc::Call& call);
  grpc::Status session(grpc::Call& call);
  grpc::Status ping(grpc::Call& call);
  grpc::Status gateway_solve(grpc::Call& call);
  grpc::Status gateway_evaluate(grpc::Call& call);
  grpc::Status gateway_return(grpc::Call& call);
  grpc::Status read_file(grpc::Call& call);
  grpc::Status read_directory(grpc::Call& call);
  grpc::Status stat_file(grpc::Call& call);
  JobPtr job_of(const grpc::Call& call);
  proto::ResultRef solve_graph(Job& job, const proto::Definition& definition);
  void describe(proto::WorkerRecord& worker) const;

  const Given given_;
  Sessions sessions_;
  Jobs jobs_;
  Solver solver_;
  PostedBuilds posted_;
  std::mutex mutex_;
  std::set<grpc::Connection*> connections_;
  bool closed_ = false;
};

}  // namespace gantry::buildkit
