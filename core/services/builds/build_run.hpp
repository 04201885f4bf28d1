// One build: the stages of a Dockerfile up to the target, side by side where the output can tell
// of it; one that takes from another waits for it there. Used by one thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/build/stages.hpp"
#include "core/services/builds/build_bases.hpp"
#include "core/services/builds/build_context.hpp"
#include "core/services/builds/build_output.hpp"
#include "core/services/builds/image_build.hpp"
#include "core/services/builds/stage_run.hpp"

namespace gantry::services {

class BuildRun {
 public:
  BuildRun(const BuildWorld& world, const BuildRequest& request, BuildContext& context,
           BuildOutput& output, std::stop_token stop);

  /// Names the image and says which it is. Throws Error.
  images::PinnedImage run();

 private:
  struct Stage {
    bool is_needed = true, has_begun = false, is_made = false;
    images::PinnedImage image{};  // none: nothing but scratch
  };
  void check();
  void declare_global_arguments();
  std::vector<bool> find_needed(std::size_t target,
                                const std::vector<build::Instruction>& more) const;
  void run_stages();
  /// Runs stages that nobody has begun yet, the first ones first: what those wait for is under way.
  void work(std::size_t end);
  std::optional<std::size_t> begin_next(std::size_t end);
  void run_one(std::size_t index);
  void run_one(std::size_t index, BuildOutput& output);
  void fail(std::exception_ptr error, std::unique_ptr<BuildOutput> part);
  images::PinnedImage made(std::size_t index);
  void need(std::size_t index, const std::vector<build::Instruction>& more);
  void show_step(const build::Instruction& instruction, BuildOutput& output);
  images::PinnedImage finish();

  const BuildWorld& world_;
  const BuildRequest& request_;
  BuildContext& context_;
  BuildOutput& output_;
  const std::stop_token stop_;
  std::stop_source halt_;  // after `stop_`, or the first failure
  const build::Dockerfile dockerfile_;
  const build::StagePlan plan_;
  const std::size_t target_;
  const images::Platform platform_;
  build::Arguments arguments_;
  BuildBases bases_;
  const StageRun::Build build_;
  const std::size_t steps_;
  std::atomic<std::size_t> step_{0};

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Stage> stages_;
  std::exception_ptr failure_;            // the first one
  std::unique_ptr<BuildOutput> failed_;   // the part of the output that tells of it
  std::optional<build::Arguments> used_;  // by all stages so far
};

}  // namespace gantry::services
