#include "core/buildkit/solver.hpp"

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/copy_plan.hpp"
#include "core/buildkit/agent_forward.hpp"
#include "core/buildkit/file_send.hpp"
#include "core/buildkit/questions.hpp"
#include "core/buildkit/source_error.hpp"
#include "core/buildkit/vertex_output.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

using Pairs = google::protobuf::Map<std::string, std::string>;

std::string find(const Pairs& pairs, const std::string& key) {
  const auto found = pairs.find(key);
  return found == pairs.end() ? std::string() : found->second;
}

bool is_image(const std::string& type) { return type == "moby" || type == "image"; }

constexpr const char* kTarExporter = "tar";
constexpr const char* kLocalExporter = "local";

void check_exporter(const proto::Exporter& exporter) {
  if (!is_image(exporter.type()) && exporter.type() != kTarExporter &&
      exporter.type() != kLocalExporter)
    unsupported("exporter " + exporter.type() + " is not supported");
  for (const auto& [key, value] : exporter.attributes()) {
    // The client pushes by itself what it calls moby, and what it asks to load is here already;
    // images are always unpacked; without attestations there is no artifact.
    const bool is_known = key == "name" || key == "unpack" || key == "oci-artifact" ||
                          ((key == "push" || key == "load") && exporter.type() == "moby");
    if (is_known && is_image(exporter.type())) continue;
    if (!value.empty() && value != "false" && value != "0")
      unsupported("exporter " + exporter.type() + ": " + key + " is not supported");
  }
}

std::string words_of(const services::BuildFailure& failure) {
  return "process " + json::quote(failure.command()) +
         " did not complete successfully: exit code: " + std::to_string(failure.exit_code());
}

}  // namespace

void Solver::give_client(services::BuildRequest& request, const Job& job,
                         const std::stop_token& stop) const {
  if (job.session.empty()) return;
  const auto session = [this, &job, stop] { return world_.sessions.get(job.session, stop); };
  request.login = [=](const std::string& domain) { return session()->login(domain, stop); };
  request.require_agent = [=](const std::string& id) { session()->require_agent(id, stop); };
  request.link_agent = [=](const std::string& id, UniqueFd listener) {
    return std::make_unique<AgentForward>(session(), id, std::move(listener));
  };
  request.secret = [=](const std::string& id) { return session()->find_secret(id, stop); };
}

std::string Solver::fetch(Job& job, const services::RemoteSource& source,
                          const std::stop_token& stop) {
  services::BuildRequest request;
  give_client(request, job, stop);
  VertexOutput output(job, stop);
  output.begin("[internal] load " + std::string(source.repository ? "git source " : "") +
               source.shown());
  auto files = std::make_shared<build::SourceTree>(world_.builds.directory());
  try {
    world_.builds.fetch(source, request, *files, stop);
  } catch (const Error& error) {
    output.fail(error.what());
    throw;
  }
  output.end();
  return job.add_files(std::move(files));
}

Solver::Solved Solver::answer(const SolveAttributes& wanted, services::BuildContext& context,
                              const std::stop_token& stop) {
  const auto check = [&] { return world_.builds.check_file(wanted.request, context, stop); };
  return {{}, answer_question(wanted, context.dockerfile, check)};
}

Solver::Solved Solver::solve(Job& job, const Task& task, const std::stop_token& stop) {
  SolveAttributes wanted = read_attributes(task.frontend, task.attributes, task.inputs);
  world_.builds.check(wanted.request);
  wanted.request.host_network = job.host_network;
  if (wanted.request.network_mode == "host" && !job.host_network)
    throw Error(Errc::permission, "network.host is not allowed");
  const auto session = [&](const std::string& directory) {
    const auto other = wanted.sessions.find(directory);
    return world_.sessions.get(other == wanted.sessions.end() ? job.session : other->second, stop);
  };
  wanted.request.login = task.login;
  give_client(wanted.request, job, stop);
  VertexOutput output(job, stop);
  SourceLines lines{wanted.filename, {}};
  const auto fail = [&](const std::string& why) -> grpc::StatusError {
    output.fail(why);
    if (lines.first == 0) lines.first = output.line(), lines.last = output.last_line();
    return source_error(why, lines);
  };
  try {
    const auto fetch = [&](const services::RemoteSource& source, build::SourceTree& into,
                           const std::stop_token& its_stop) {
      world_.builds.fetch(source, wanted.request, into, its_stop);
    };
    ClientContext client(wanted, {session, fetch, known_, task.context}, output, stop);
    services::BuildContext context(world_.builds.directory());
    if (client.is_elsewhere()) {
      wanted.request.remote = wanted.context_url;
      wanted.request.dockerfile_apart = wanted.has_dockerfile;
      output.begin("[internal] load remote build context");
      world_.builds.fetch(wanted.request, context, stop);
      output.end();
    }
    client.read(world_.builds.directory(), context);
    lines.text = context.dockerfile;
    output.show_source(lines);
    if (!wanted.question.empty()) return answer(wanted, context, stop);
    images::PinnedImage made = world_.builds.run(wanted.request, context, output, stop);
    const std::string id = made->id;
    job.add_result(id, std::move(made));
    return {id, {}};
  } catch (const services::BuildFailure& failure) {
    throw fail(words_of(failure));
  } catch (const build::MissingSource& error) {
    throw fail("failed to compute cache key: \"/" + error.path() + "\": not found");
  } catch (const build::DockerfileError& error) {
    lines.first = lines.last = error.line();
    throw fail(error.what());
  } catch (const Error& error) {
    if (error.code() != Errc::cancelled && error.code() != Errc::unsupported)
      throw fail(error.what());
    output.fail(error.what());
    throw;
  }
}

void Solver::check(const proto::ControlSolveRequest& request) {
  if (request.definition().ops_size() > 0)
    unsupported("build graphs (LLB) of clients are not supported: use the frontend dockerfile.v0");
  // The client relies on it: what it forbids must not be built.
  if (!request.source_policy().empty() || !request.source_policy_session().empty())
    unsupported("source policies are not supported");
  for (const proto::Exporter& exporter : request.exporters()) check_exporter(exporter);
  for (const proto::CacheEntry& cache : request.cache().exports())
    if (cache.type() != "inline")  // every image has what it takes
      unsupported("cache export of type " + cache.type() + " is not supported");
  for (const std::string& entitlement : request.entitlements())
    if (entitlement != "network.host")
      unsupported("entitlement " + entitlement + " is not supported");
}

void Solver::name_image(const proto::Exporter& exporter, const std::string& image_id,
                        VertexOutput& output, std::map<std::string, std::string>& answer) {
  output.begin("exporting to image");
  output.amount("writing image " + image_id, 0, 0, true);
  images::ImageStore& store = world_.images.store;
  if (store.get(image_id)->is_step()) store.set_role(image_id, images::BuildKitRole::result);
  const std::string names = find(exporter.attributes(), "name");
  std::string told;
  for (const std::string& name : text::split(names, ',')) {
    if (name.empty()) continue;
    const images::Reference reference = images::parse_reference(name);
    const std::string full = reference.with_default_tag().str();
    world_.images.tag.run(image_id, full, {});
    output.amount("naming to " + full, 0, 0, true);
    told += (told.empty() ? "" : ",") + reference.str();
  }
  output.end();
  if (!told.empty()) answer["image.name"] = told;
  answer["containerimage.config.digest"] = answer["containerimage.digest"] = image_id;
}

void Solver::send(Job& job, const proto::Exporter& exporter, std::size_t number,
                  const std::string& image_id, VertexOutput& output, const std::stop_token& stop) {
  const bool is_tar = exporter.type() == kTarExporter;
  output.begin(is_tar ? "exporting to client tarball" : "exporting to client directory");
  const SessionPtr session = world_.sessions.get(job.session, stop);
  const auto take = [&](const images::TarReader::Source& archive) {
    build::SourceTree files(world_.builds.directory());
    files.read(archive);
    (is_tar ? send_archive : send_files)(*session, number, files, stop);
  };
  world_.builds.read_files(image_id, take, stop);
  output.end();
}

std::map<std::string, std::string> Solver::deliver(Job& job,
                                                   const proto::ControlSolveRequest& request,
                                                   const std::string& image_id,
                                                   const std::stop_token& stop) {
  std::map<std::string, std::string> answer;
  if (image_id.empty()) return answer;
  VertexOutput output(job, stop);
  std::size_t number = 0;
  try {
    for (const proto::Exporter& exporter : request.exporters()) {
      if (is_image(exporter.type()))
        name_image(exporter, image_id, output, answer);
      else
        send(job, exporter, number, image_id, output, stop);
      ++number;
    }
  } catch (const Error& error) {
    output.fail(error.what());
    throw;
  }
  return answer;
}

}  // namespace gantry::buildkit
