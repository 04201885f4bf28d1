#include "core/services/image_build.hpp"

#include "core/base/file.hpp"
#include "core/base/scope_guard.hpp"
#include "core/services/build_command.hpp"
#include "core/services/build_context.hpp"
#include "core/services/build_output.hpp"
#include "core/services/build_run.hpp"

namespace gantry::services {

void ImageBuild::run(const BuildRequest& request, const Body& body, const ProgressOutput& output) {
  BuildCommand::check(world_.containers, request.host_config, request.network_mode);
  BuildContext context(world_.directory);
  if (request.remote.empty()) receive_context(request, body, context);
  std::stop_source halt;
  const ScopeGuard forget([&] {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(request.id);
    if (found == running_.end()) return;
    found->second.erase(&halt);
    if (found->second.empty()) running_.erase(found);
  });
  if (!request.id.empty()) {
    const std::lock_guard lock(mutex_);
    running_[request.id].insert(&halt);
  }
  run_with_progress(output, [&](ProgressBoard& board, const std::stop_token& client_gone) {
    const std::stop_callback pass_on(client_gone, [&halt] { halt.request_stop(); });
    BuildOutput lines(board, request.quiet);
    if (!request.remote.empty())
      fetch_context(request, world_.registry, world_.directory, halt.get_token(), context);
    BuildRun(world_, request, context, lines, halt.get_token()).run();
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
