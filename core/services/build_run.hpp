// One build: goes through the stages of a Dockerfile up to the target. One thread.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/run_instruction.hpp"
#include "core/build/stages.hpp"
#include "core/services/build_command.hpp"
#include "core/services/build_context.hpp"
#include "core/services/build_files.hpp"
#include "core/services/build_mounts.hpp"
#include "core/services/build_output.hpp"
#include "core/services/build_stage.hpp"
#include "core/services/image_build.hpp"

namespace gantry::services {

class BuildRun {
 public:
  BuildRun(const BuildWorld& world, const BuildRequest& request, BuildContext& context,
           BuildOutput& output, std::stop_token stop);

  /// Names the image and says which it is. Throws Error.
  images::PinnedImage run();

 private:
  void declare_global_arguments();
  void find_needed();
  /// False: there was none.
  bool run_left_out(std::size_t index);
  void pull_caches();
  void run_stage(std::size_t index);
  void show_stage(const build::Stage& stage);
  void from(const build::Stage& stage, std::size_t index);
  void run_triggers();
  void execute(const build::Instruction& instruction);
  void argument(const build::Instruction& instruction);
  void maintainer(const build::Instruction& instruction);
  void configure(const build::Instruction& instruction);
  void command(const build::Instruction& instruction);
  void refuse_ssh(const build::RunInstruction& run) const;
  /// Runs it and takes what it changed.
  void run_command(const BuildStage::Step& step, const build::RunInstruction& run,
                   BuildMounts& mounts, BuildCommand& command);
  void label(const std::string& key, const std::string& value);
  /// A step that changes the configuration alone.
  void keep(const BuildStage::Step& step);
  images::PinnedImage finish();

  images::PinnedImage find_base(const std::string& wanted, const images::Platform& platform);
  /// The image of an earlier stage, or of that name; pulled when it is missing.
  images::PinnedImage find_source(const std::string& name);
  void pull(const std::string& name, const images::Platform& platform);
  build::Environment words() const { return arguments_.words(stage_.defaults().env); }
  void show_step(const build::Instruction& instruction);

  const BuildWorld& world_;
  const BuildRequest& request_;
  BuildOutput& output_;
  const std::stop_token stop_;
  BuildContext& context_;
  const build::Dockerfile dockerfile_;
  const build::StagePlan plan_;
  const std::size_t target_;
  const images::Platform platform_;
  build::Arguments arguments_;
  BuildStage::Cache cache_;  // of the stage under way
  BuildStage stage_;
  BuildFiles files_;
  const BuildMounts::World mount_world_;
  std::map<std::string, std::string> bases_;  // ids by name and platform
  std::vector<images::PinnedImage> made_;     // by stage; no image: nothing but scratch
  std::vector<bool> needed_;                  // by stage
  std::size_t stage_index_ = 0, step_ = 0;
  const std::size_t steps_;
};

}  // namespace gantry::services
