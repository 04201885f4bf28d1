#include "core/buildkit/posted_builds.hpp"

#include <optional>
#include <utility>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/base/scope_guard.hpp"
#include "core/buildkit/trace_lines.hpp"
#include "core/images/progress.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

proto::ControlSolveRequest request_of(const PostedBuild& build) {
  proto::ControlSolveRequest request;
  if (build.host_network) request.add_entitlements("network.host");
  if (build.exporter.empty()) return request;
  proto::Exporter& exporter = *request.add_exporters();
  exporter.set_type(build.exporter);
  exporter.mutable_attributes()->insert(build.exporter_attributes.begin(),
                                        build.exporter_attributes.end());
  return request;
}

std::string id_line(const std::string& image_id) {
  json::Writer out(true);
  out.begin_object().field("id", "moby.image.id").key("aux").begin_object();
  out.field("ID", image_id).end_object().end_object();
  return out.take();
}

void tell_result(const PostedBuild& build, const std::string& image_id,
                 services::ProgressBoard& board) {
  if (image_id.empty()) return;  // it went to the client
  if (build.quiet) return board.line(images::stream_line(image_id + "\n"));
  board.line(id_line(image_id));
  for (const images::Reference& name : build.names)
    board.line(
        images::stream_line("Successfully tagged " + name.with_default_tag().familiar() + "\n"));
}

}  // namespace

struct PostedBuilds::Running {
  Running(PostedBuilds& builds, const std::string& id, Job& job)
      : builds_(builds), entry_(id, &job) {
    const std::lock_guard lock(builds_.mutex_);
    if (builds_.closed_) throw Error(Errc::unavailable, "the engine is stopping");
    builds_.running_.insert(entry_);
  }
  ~Running() {
    const std::lock_guard lock(builds_.mutex_);
    builds_.running_.erase(entry_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  PostedBuilds& builds_;
  const std::pair<std::string, Job*> entry_;
};

void PostedBuilds::await_session(const std::string& id) {
  const SessionPtr session = sessions_.get(id, {});
  try {
    session->check();
  } catch (const Error& error) {
    session->close();
    throw Error(Errc::not_found, "no active session for " + id + ": " + error.what());
  }
}

std::string PostedBuilds::solve(Job& job, const PostedBuild& build, const ContextReader& context,
                                const std::stop_token& stop) {
  const proto::ControlSolveRequest request = request_of(build);
  const Task task{"dockerfile.v0", build.attributes, {}, context, build.login};
  const auto answer = solver_.deliver(job, request, solver_.solve(job, task, stop).image_id, stop);
  const auto id = answer.find("containerimage.digest");
  return id == answer.end() ? std::string() : id->second;
}

void PostedBuilds::run(const PostedBuild& build, const Body& body,
                       const services::ProgressOutput& output) {
  Solver::check(request_of(build));
  Job job(random_hex(), build.session, build.host_network);
  const Running running(*this, build.id, job);
  const std::stop_token stop = job.stop.get_token();

  ContextReader context;
  build::SourceTree received(builds_.directory());
  if (build.context == PostedBuild::Context::body) {
    const auto next = [&] {
      if (stop.stop_requested()) throw Error(Errc::cancelled, "context canceled");
      return body();
    };
    const bool is_archive = services::read_context(next, builds_.directory(), received);
    context = [&received, is_archive](build::SourceTree& into) {
      into = std::move(received);
      return is_archive;
    };
  } else if (build.context == PostedBuild::Context::upload) {
    context = [&](build::SourceTree& into) {
      uploads_.take(build.id, into, stop);
      return true;
    };
  }
  const auto work = [&](services::ProgressBoard& board, const std::stop_token& halted) {
    const std::stop_callback give_up(halted, [&] { job.stop.request_stop(); });
    TraceLines trace(job, board, build.quiet);
    std::string image_id;
    {
      bool failed = true;
      const ScopeGuard tell([&] {
        job.status.finish();
        trace.finish(failed);
      });
      image_id = solve(job, build, context, stop);
      failed = false;
    }
    tell_result(build, image_id, board);
  };
  services::run_with_progress(output, work, stop);
}

void PostedBuilds::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (const auto& [its_id, job] : running_)
    if (its_id == id) job->stop.request_stop();
}

void PostedBuilds::close() {
  uploads_.close();
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [id, job] : running_) job->stop.request_stop();
}

}  // namespace gantry::buildkit
