// Runs the builds that clients ask for by BuildKit's API, and gives their images names. Any thread.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "core/buildkit/client_context.hpp"
#include "core/buildkit/job.hpp"
#include "core/buildkit/known_files.hpp"
#include "core/buildkit/proto/control.pb.h"
#include "core/buildkit/session.hpp"
#include "core/buildkit/solve_attributes.hpp"
#include "core/buildkit/vertex_output.hpp"
#include "core/services/builds/image_build.hpp"

namespace gantry::buildkit {

/// What is to be built.
struct Task {
  std::string frontend;
  Attributes attributes;
  Inputs inputs{};  // by the names that attributes call them by
  ContextReader context{};
  /// In place of the session's logins, when there is no session.
  std::function<images::RegistryAuth(const std::string& domain)> login{};
};

class Solver {
 public:
  struct World {
    Sessions& sessions;
    services::ImageBuild& builds;
    services::Images& images;
  };
  explicit Solver(World world) : world_(world) {}

  struct Solved {
    std::string image_id;                       // empty: a question was answered
    std::map<std::string, std::string> answer;  // by the names that clients read it by
  };
  /// What a command's failure is called is BuildKit's; else throws what ImageBuild throws.
  Solved solve(Job& job, const Task& task, const std::stop_token& stop);
  /// Files from elsewhere, as a graph asks for them: the name of what the job holds then.
  std::string fetch(Job& job, const services::RemoteSource& source, const std::stop_token& stop);

  /// Throws Error{unsupported} for a result that could not be delivered.
  static void check(const proto::ControlSolveRequest& request);
  /// Does what the request wants done with the image; gives what the client is answered.
  std::map<std::string, std::string> deliver(Job& job, const proto::ControlSolveRequest& request,
                                             const std::string& image_id,
                                             const std::stop_token& stop);

 private:
  /// What a build may ask the job's client for, if it has a session.
  void give_client(services::BuildRequest& request, const Job& job,
                   const std::stop_token& stop) const;
  Solved answer(const SolveAttributes& wanted, services::BuildContext& context,
                const std::stop_token& stop);
  void name_image(const proto::Exporter& exporter, const std::string& image_id,
                  VertexOutput& output, std::map<std::string, std::string>& answer);
  /// To the client, as exporter `number` of its request.
  void send(Job& job, const proto::Exporter& exporter, std::size_t number,
            const std::string& image_id, VertexOutput& output, const std::stop_token& stop);

  const World world_;
  KnownFiles known_;
};

}  // namespace gantry::buildkit
