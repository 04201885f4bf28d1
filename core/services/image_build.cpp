#include "core/services/image_build.hpp"

#include "core/base/file.hpp"
#include "core/services/build_command.hpp"
#include "core/services/build_context.hpp"
#include "core/services/build_output.hpp"
#include "core/services/build_run.hpp"

namespace gantry::services {

struct ImageBuild::Running {
  Running(ImageBuild& builds, const std::string& id) : builds_(builds), id_(id) {
    if (id_.empty()) return;
    const std::lock_guard lock(builds_.mutex_);
    builds_.running_[id_].insert(&halt);
  }
  ~Running() {
    if (id_.empty()) return;
    const std::lock_guard lock(builds_.mutex_);
    const auto found = builds_.running_.find(id_);
    found->second.erase(&halt);
    if (found->second.empty()) builds_.running_.erase(found);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  std::stop_source halt;

 private:
  ImageBuild& builds_;
  const std::string& id_;
};

void ImageBuild::run(const BuildRequest& request, const Body& body, const ProgressOutput& output) {
  BuildCommand::check(world_.containers, request.host_config, request.network_mode);
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
  run_with_progress(output, [&](ProgressBoard& board, const std::stop_token& client_gone) {
    const std::stop_callback pass_on(client_gone, [&] { running.halt.request_stop(); });
    BuildOutput lines(board, request.quiet);
    if (!request.remote.empty())
      fetch_context(request, world_.registry, world_.directory, halted, context);
    BuildRun(world_, request, context, lines, halted).run();
  });
}

void ImageBuild::clean_up() const { file::remove_tree(world_.directory); }

void ImageBuild::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  for (std::stop_source* halt : found->second) halt->request_stop();
}

}  // namespace gantry::services
