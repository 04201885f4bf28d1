#include "core/services/builds/image_build.hpp"

#include <chrono>

#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/services/base/attempt.hpp"
#include "core/services/builds/build_check.hpp"
#include "core/services/builds/build_command.hpp"
#include "core/services/builds/build_context.hpp"
#include "core/services/builds/build_run.hpp"
#include "core/services/builds/classic_build_output.hpp"
#include "core/services/builds/unfinished_step.hpp"
#include "core/services/images/build_root.hpp"

namespace gantry::services {

namespace {
// A command is killed, its container removed.
constexpr std::chrono::seconds kStopDeadline{3};
}  // namespace

struct ImageBuild::Running {
  Running(ImageBuild& builds, std::string id) : builds_(builds), id_(std::move(id)) {
    const std::lock_guard lock(builds_.mutex_);
    builds_.all_.insert(&halt);
    if (!id_.empty()) builds_.running_[id_].insert(&halt);
    if (builds_.stopping_) halt.request_stop();
  }
  ~Running() {
    const std::lock_guard lock(builds_.mutex_);
    builds_.all_.erase(&halt);
    builds_.ended_.notify_all();
    const auto found = builds_.running_.find(id_);
    if (found == builds_.running_.end()) return;
    found->second.erase(&halt);
    if (found->second.empty()) builds_.running_.erase(found);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::stop_source halt;

 private:
  ImageBuild& builds_;
  const std::string id_;
};

void ImageBuild::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (std::stop_source* halt : all_) halt->request_stop();
  cleaner_.request_stop();
  ended_.wait_for(lock, kStopDeadline, [&] { return all_.empty(); });
}

void ImageBuild::check(const BuildRequest& request) {
  BuildCommand::check(world_.containers, request.host_config, request.network_mode);
}

images::PinnedImage ImageBuild::run(const BuildRequest& request, BuildContext& context,
                                    BuildOutput& output, std::stop_token stop) {
  Running running(*this, {});
  const std::stop_callback pass_on(stop, [&] { running.halt.request_stop(); });
  return BuildRun(world_, request, context, output, running.halt.get_token()).run();
}

CheckOutcome ImageBuild::check_file(const BuildRequest& request, BuildContext& context,
                                    const std::stop_token& stop) {
  const images::Platform platform = request.platform.value_or(images::host_platform());
  return BuildCheck(world_, request, context, platform, stop).run_alone();
}

RemoteAccess ImageBuild::access(const BuildRequest& request, const Running& running) const {
  return {request, world_.registry, world_.directory, world_.secrets, running.halt.get_token()};
}

void ImageBuild::fetch(const BuildRequest& request, BuildContext& into,
                       const std::stop_token& stop) {
  Running running(*this, {});
  const std::stop_callback pass_on(stop, [&] { running.halt.request_stop(); });
  fetch_context(access(request, running), into);
}

void ImageBuild::fetch(const RemoteSource& source, const BuildRequest& request,
                       build::SourceTree& into, const std::stop_token& stop) {
  Running running(*this, {});
  const std::stop_callback pass_on(stop, [&] { running.halt.request_stop(); });
  fetch_remote(source, access(request, running), into);
}

void ImageBuild::read_files(const std::string& image_id,
                            const std::function<void(const images::TarReader::Source&)>& take,
                            const std::stop_token& stop) {
  const images::PinnedImage image = world_.images.store.pin(image_id);
  BuildRoot root(world_.runtime, image->top_chain_id(), stop);
  root.fetch("/", {}, take);
}

void ImageBuild::run(const BuildRequest& request, const Body& body, const ProgressOutput& output) {
  check(request);
  Running running(*this, request.id);
  const std::stop_token halted = running.halt.get_token();
  BuildContext context(world_.directory);
  if (request.remote.empty()) {
    const auto next = [&] {
      if (halted.stop_requested()) throw Error(Errc::cancelled, "context canceled");
      return body();
    };
    receive_context(request, next, context);
  }
  const auto work = [&](ProgressBoard& board, const std::stop_token& stop) {
    ClassicBuildOutput lines(board, request.quiet);
    if (!request.remote.empty()) fetch(request, context, stop);
    try {
      run(request, context, lines, stop);
    } catch (...) {
      lines.failed();
      throw;
    }
  };
  run_with_progress(output, work, halted);
}

void ImageBuild::clean_up() {
  std::vector<std::string> containers;
  world_.store.journal().each(UnfinishedStep::kKind, [&](std::string id, const std::string&) {
    containers.push_back(std::move(id));
  });
  // Named now: new builds may begin before these are gone.
  std::vector<std::filesystem::path> files;
  for (const auto& directory : {world_.directory, world_.secrets}) {
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
      files.push_back(entry->path());
  }
  if (containers.empty() && files.empty()) return;
  cleaner_ = std::jthread([this, containers, files](const std::stop_token& stop) {
    for (const std::string& id : containers) {
      if (stop.stop_requested()) return;  // the next daemon finds the rest
      attempt(id, "what a build left", [&] {
        if (BuildCommand::remove(world_.containers, id))
          world_.store.journal().erase(UnfinishedStep::kKind, id);
      });
    }
    for (const std::filesystem::path& path : files) {
      if (stop.stop_requested()) return;
      try {
        file::remove_tree(path);
      } catch (const Error& failure) {
        log::warn(std::string("what a build left: ") + failure.what());
      }
    }
  });
}

void ImageBuild::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  for (std::stop_source* halt : found->second) halt->request_stop();
}

}  // namespace gantry::services
