// moby.buildkit.v1.Control
#include <algorithm>
#include <thread>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"
#include "core/base/socket.hpp"
#include "core/buildkit/definition.hpp"
#include "core/buildkit/messages.hpp"
#include "core/buildkit/service.hpp"
#include "core/buildkit/session_tunnel.hpp"
#include "core/buildkit/timestamp.hpp"
#include "core/buildkit/usage_filters.hpp"
#include "core/images/platform.hpp"

namespace gantry::buildkit {
namespace {

// What a client may take for granted; of BuildKit's own versions.
constexpr const char* kBuildKitVersion = "v0.13.0";
constexpr const char* kPackage = "gantry";
constexpr const char* kHostGateway = "org.mobyproject.buildkit.worker.moby.host-gateway-ip";
constexpr const char* kHostNetwork = "network.host";
void describe_version(proto::BuildkitVersion& version) {
  version.set_package(kPackage);
  version.set_version(kBuildKitVersion);
  version.set_revision(GANTRY_VERSION);
}

Attributes attributes_of(const google::protobuf::Map<std::string, std::string>& pairs) {
  return {pairs.begin(), pairs.end()};
}

void describe_cache(const services::BuildCaches::Record& record, proto::UsageRecord& usage) {
  usage.set_id(record.id);
  usage.set_is_mutable(record.type == services::BuildCaches::kType);
  usage.set_in_use(record.in_use);
  usage.set_size(static_cast<std::int64_t>(record.size));
  set_time(usage.mutable_created_at(), record.created);
  set_time(usage.mutable_last_used_at(), record.last_used);
  usage.set_usage_count(record.use_count);
  usage.set_description(record.description);
  usage.set_record_type(record.type);
}

domain::FilterArgs filters_of(const google::protobuf::RepeatedPtrField<std::string>& filters,
                              std::int64_t keep_nanos) {
  return usage_filters({filters.begin(), filters.end()}, keep_nanos);
}

std::uint64_t bytes(std::int64_t count) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
}

}  // namespace

void Service::describe(proto::WorkerRecord& worker) const {
  worker.set_id("gantry");
  (*worker.mutable_labels())["org.mobyproject.buildkit.worker.executor"] = "gantry";
  if (const std::string address = given_.host_gateway(); !address.empty())
    (*worker.mutable_labels())[kHostGateway] = address;
  const images::Platform& host = images::host_platform();
  proto::Platform& platform = *worker.add_platforms();
  platform.set_os(host.os);
  platform.set_architecture(host.architecture);
  platform.set_variant(host.variant);
  describe_version(*worker.mutable_version());
}

grpc::Status Service::list_workers(grpc::Call& call) {
  proto::ListWorkersResponse answer;
  describe(*answer.add_records());
  return send_message(call, answer);
}

grpc::Status Service::info(grpc::Call& call) {
  proto::InfoResponse answer;
  describe_version(*answer.mutable_version());
  return send_message(call, answer);
}

grpc::Status Service::solve(grpc::Call& call) {
  auto request = receive_message<proto::ControlSolveRequest>(call);
  if (request.exporters().empty() && !request.exporter().empty()) {
    proto::Exporter& exporter = *request.add_exporters();
    exporter.set_type(request.exporter());
    *exporter.mutable_attributes() = request.exporter_attributes();
  }
  const auto& entitlements = request.entitlements();
  const bool host_network =
      std::find(entitlements.begin(), entitlements.end(), kHostNetwork) != entitlements.end();
  const JobPtr job = jobs_.begin(request.ref(), request.session(), host_network);
  const ScopeGuard end([&] { jobs_.end(job); });
  const std::stop_callback give_up(call.gone(), [&] { job->stop.request_stop(); });
  const std::stop_token stop = job->stop.get_token();
  Solver::check(request);
  const std::string image_id =
      request.frontend().empty()
          ? job->wait(stop)
          : solver_
                .solve(*job,
                       {request.frontend(), attributes_of(request.frontend_attributes()),
                        read_inputs(request.frontend_inputs())},
                       stop)
                .image_id;
  proto::ControlSolveResponse answer;
  for (const auto& [key, value] : solver_.deliver(*job, request, image_id, stop))
    (*answer.mutable_exporter_response())[key] = value;
  return send_message(call, answer);
}

grpc::Status Service::status(grpc::Call& call) {
  const auto request = receive_message<proto::StatusRequest>(call);
  const JobPtr job = jobs_.get(request.ref(), call.gone());
  job->status.attach();
  const ScopeGuard leave([&] { job->status.detach(); });
  while (const auto message = job->status.next(call.gone())) call.send(*message);
  return {};
}

grpc::Status Service::disk_usage(grpc::Call& call) {
  const auto request = receive_message<proto::DiskUsageRequest>(call);
  proto::DiskUsageResponse answer;
  for (const auto& record : given_.prune.find(filters_of(request.filters(), 0)))
    describe_cache(record, *answer.add_records());
  return send_message(call, answer);
}

grpc::Status Service::prune(grpc::Call& call) {
  const auto request = receive_message<proto::PruneRequest>(call);
  const auto filters = filters_of(request.filters(), request.keep_duration());
  const auto before = given_.prune.find(filters);
  const auto result =
      given_.prune.run(filters, {bytes(request.reserved_space()), bytes(request.max_used_space()),
                                 bytes(request.min_free_space())});
  for (const auto& record : before) {
    if (std::find(result.deleted.begin(), result.deleted.end(), record.id) == result.deleted.end())
      continue;
    proto::UsageRecord usage;
    describe_cache(record, usage);
    send_message(call, usage);
  }
  return {};
}

grpc::Status Service::session(grpc::Call& call) {
  std::string id, shared_key;
  std::set<std::string> methods;
  for (const auto& [name, value] : call.metadata()) {
    if (name == "x-docker-expose-session-uuid") id = value;
    if (name == "x-docker-expose-session-sharedkey") shared_key = value;
    if (name == "x-docker-expose-session-grpc-method") methods.insert(value);
  }
  if (id.empty()) throw Error(Errc::invalid, "x-docker-expose-session-uuid: no id was given");
  auto [inner, outer] = make_socket_pair();
  const auto session =
      std::make_shared<Session>(std::move(inner), std::string(), methods, shared_key);
  std::jthread carrier;
  sessions_.serve(id, session, [&] {
    carrier = std::jthread([&call, socket = std::move(outer)]() mutable {
      try {
        carry(call, std::move(socket));
      } catch (const std::exception& error) {  // no thread; the socket is closed, the session ends
        log::warn(std::string("a session inside a call: ") + error.what());
      }
    });
  });
  return {};
}

}  // namespace gantry::buildkit
