// One stage of a build: goes through its instructions. Several may run at the same time, each on
// one thread.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/run_instruction.hpp"
#include "core/build/stages.hpp"
#include "core/services/builds/build_bases.hpp"
#include "core/services/builds/build_command.hpp"
#include "core/services/builds/build_context.hpp"
#include "core/services/builds/build_files.hpp"
#include "core/services/builds/build_mounts.hpp"
#include "core/services/builds/build_output.hpp"
#include "core/services/builds/build_stage.hpp"
#include "core/services/builds/image_build.hpp"

namespace gantry::services {

class StageRun {
 public:
  /// What the stages of a build have in common; outlives them.
  struct Build {
    const BuildWorld& world;
    const BuildRequest& request;
    BuildContext& context;
    const build::Dockerfile& dockerfile;
    const build::StagePlan& plan;
    const images::Platform& platform;
    BuildBases& bases;
    /// The image of a stage in front of another one, when it is made; none: scratch. Throws
    /// Error{invalid} for a stage that was left out.
    std::function<images::PinnedImage(std::size_t stage)> made;
    /// The stage has these instructions, too: what they take from is not left out any more.
    std::function<void(std::size_t stage, const std::vector<build::Instruction>&)> need;
    /// Tells of the next instruction.
    std::function<void(const build::Instruction&, BuildOutput&)> show_step;
  };
  /// `arguments`: those of the whole build.
  StageRun(const Build& build, std::size_t index, build::Arguments arguments, BuildOutput& output,
           std::stop_token stop);

  /// Its image; none: nothing but scratch. Throws Error.
  images::PinnedImage run();
  /// One of the request's labels, as an instruction at the end. Gives the image.
  images::PinnedImage label(const std::string& key, const std::string& value);
  const build::Arguments& arguments() const { return arguments_; }

 private:
  void show();
  void from();
  void run_triggers();
  void execute(const build::Instruction& instruction);
  void argument(const build::Instruction& instruction);
  void maintainer(const build::Instruction& instruction);
  void configure(const build::Instruction& instruction);
  void command(const build::Instruction& instruction);
  void tell_removed(const BuildCommand& command);
  BuildStage::Step describe(const build::RunInstruction& run, BuildMounts& mounts,
                            ClientFiles::Need need) const;
  /// Runs it and takes what it changed; `is_spent`: the container's files with it.
  void run_command(const BuildStage::Step& step, const build::RunInstruction& run,
                   BuildMounts& mounts, BuildCommand& command, bool& is_spent);
  /// A step that changes the configuration alone.
  void keep(const BuildStage::Step& step);
  images::PinnedImage image() const;

  /// The image of an earlier stage, or of that name; pulled when it is missing.
  images::PinnedImage find_source(const std::string& name);
  build::Environment words() const { return arguments_.words(stage_.defaults().env); }

  const Build& build_;
  const BuildWorld& world_;
  const BuildRequest& request_;
  const std::size_t index_;
  const build::Stage& plan_;
  build::Arguments arguments_;
  BuildOutput& output_;
  const std::stop_token stop_;
  const BuildStage::Cache cache_;
  BuildStage stage_;
  BuildFiles files_;
  const BuildMounts::World mount_world_;
};

}  // namespace gantry::services
