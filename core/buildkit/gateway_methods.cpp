// moby.buildkit.v1.frontend.LLBBridge: what a client's own build function calls while its Solve
// waits for it.
#include "core/base/error.hpp"
#include "core/buildkit/definition.hpp"
#include "core/buildkit/messages.hpp"
#include "core/buildkit/proto/gateway.pb.h"
#include "core/buildkit/service.hpp"

namespace gantry::buildkit {
namespace {

constexpr const char* kJob = "buildkit-controlapi-buildid";

constexpr const char* kFrontendCapabilities[] = {
    "solve.base",       "return",           "returnmap",     "proto.refarray",
    "frontend.inputs",  "reference.output", "frontend.caps", "gateway.solve.metadata",
    "gateway.evaluate", "readfile",         "readdir",       "statfile"};
constexpr const char* kLlbCapabilities[] = {"source.image",
                                            "source.local",
                                            "source.local.unique",
                                            "source.local.sessionid",
                                            "source.local.includepatterns",
                                            "source.local.followpaths",
                                            "source.local.excludepatterns",
                                            "source.local.sharedkeyhint",
                                            "exec.mount.bind",
                                            "exec.mount.cache",
                                            "exec.mount.cache.sharing",
                                            "exec.mount.tmpfs",
                                            "exec.mount.tmpfs.size",
                                            "exec.mount.secret",
                                            "exec.mount.ssh",
                                            "exec.secretenv",
                                            "source.git",
                                            "source.git.keepgitdir",
                                            "source.git.fullurl",
                                            "source.git.httpauth",
                                            "source.git.knownsshhosts",
                                            "source.git.mountsshsock",
                                            "source.git.subdir",
                                            "source.git.checksum",
                                            "source.git.skipsubmodules",
                                            "source.git.mtime",
                                            "source.http",
                                            "file.base",
                                            "meta.description",
                                            "platform",
                                            "exporter.multiple",
                                            "constraints"};

void allow(const char* id, proto::Capability& capability) {
  capability.set_id(id);
  capability.set_enabled(true);
}

/// The image that a build function has come to; empty: none.
std::string image_of(const proto::Result& result) {
  switch (result.result_case()) {
    case proto::Result::kOldRef:
      return result.old_ref();
    case proto::Result::kRef:
      return result.ref().id();
    case proto::Result::kRefs:
      if (result.refs().refs().empty()) return {};
      if (result.refs().refs().size() > 1)
        throw Error(Errc::unsupported, "results for several platforms are not supported");
      return result.refs().refs().begin()->second.id();
    case proto::Result::RESULT_NOT_SET:
      break;
  }
  return {};
}

}  // namespace

JobPtr Service::job_of(const grpc::Call& call) {
  for (const auto& [name, value] : call.metadata())
    if (name == kJob) {
      JobPtr job = jobs_.get(value, call.gone());
      if (job->has_ended()) throw Error(Errc::not_found, "job " + value + " has ended");
      return job;
    }
  throw Error(Errc::invalid, std::string("metadata lacks ") + kJob);
}

grpc::Status Service::ping(grpc::Call& call) {
  proto::PongResponse answer;
  for (const char* id : kFrontendCapabilities) allow(id, *answer.add_frontend_capabilities());
  for (const char* id : kLlbCapabilities) allow(id, *answer.add_llb_capabilities());
  describe(*answer.add_workers());
  return send_message(call, answer);
}

grpc::Status Service::gateway_solve(grpc::Call& call) {
  const auto request = receive_message<proto::GatewaySolveRequest>(call);
  const JobPtr job = job_of(call);
  proto::GatewaySolveResponse answer;
  // Either call may be given up.
  const std::stop_callback give_up(call.gone(), [&] { job->stop.request_stop(); });
  if (request.frontend().empty()) {
    proto::Result& result = *answer.mutable_result();
    if (request.definition().ops_size() > 0)
      *result.mutable_ref() = solve_graph(*job, request.definition());
    return send_message(call, answer);
  }
  const auto& pairs = request.frontend_attributes();
  const Solver::Solved solved = solver_.solve(
      *job,
      {request.frontend(), {pairs.begin(), pairs.end()}, read_inputs(request.frontend_inputs())},
      job->stop.get_token());
  for (const auto& [name, text] : solved.answer)
    (*answer.mutable_result()->mutable_metadata())[name] = text;
  if (solved.image_id.empty()) return send_message(call, answer);
  proto::ResultRef& ref = *answer.mutable_result()->mutable_ref();
  ref.set_id(solved.image_id);
  *ref.mutable_definition() = definition_of(solved.image_id);
  return send_message(call, answer);
}

proto::ResultRef Service::solve_graph(Job& job, const proto::Definition& definition) {
  const GraphSource source = read_definition("the build graph", definition);
  if (!source.remote)
    throw Error(Errc::unsupported, "the files of image " + source.image + " cannot be read");
  proto::ResultRef ref;
  ref.set_id(solver_.fetch(job, *source.remote, job.stop.get_token()));
  *ref.mutable_definition() = definition;
  return ref;
}

// Results here are complete.
grpc::Status Service::gateway_evaluate(grpc::Call& call) {
  receive_message<proto::ResultRef>(call);
  job_of(call);
  return send_message(call, proto::ResultRef());
}

grpc::Status Service::gateway_return(grpc::Call& call) {
  const auto request = receive_message<proto::ReturnRequest>(call);
  const JobPtr job = job_of(call);
  if (request.has_error() && request.error().code() != 0) {
    job->fail({static_cast<grpc::Code>(request.error().code()), request.error().message(),
               request.error().SerializeAsString()});
  } else {
    const std::string id = image_of(request.result());
    if (!id.empty() && !job->has_result(id)) throw Error(Errc::not_found, "no such result " + id);
    job->finish(id);
  }
  return send_message(call, proto::GatewaySolveResponse());
}

}  // namespace gantry::buildkit
