// COPY, ADD and WORKDIR: the instructions that put files into an image without running anything
// there. One thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "core/build/arguments.hpp"
#include "core/build/copy_instruction.hpp"
#include "core/build/copy_plan.hpp"
#include "core/images/registry_options.hpp"
#include "core/pluginhost/runtime.hpp"
#include "core/services/builds/build_context.hpp"
#include "core/services/builds/build_output.hpp"
#include "core/services/builds/build_stage.hpp"
#include "core/services/images/build_root.hpp"

namespace gantry::services {

class BuildFiles {
 public:
  struct World {
    pluginhost::Runtime& runtime;
    images::BlobStore& blobs;
    BuildContext& context;
    const bool empty_patterns;               // a pattern may match nothing
    const std::filesystem::path& directory;  // for what is fetched
    const std::filesystem::path& secrets;    // for agents' sockets
    const images::RegistryOptions& registry;
    const BuildRequest& request;
    /// The image of an earlier stage or of that name (COPY --from).
    std::function<images::PinnedImage(const std::string&)> find_image;
  };
  BuildFiles(World world, BuildOutput& output, std::stop_token stop)
      : world_(std::move(world)), output_(output), stop_(std::move(stop)) {}

  /// COPY or ADD; `words`: what its text may refer to.
  void copy(const build::Instruction& instruction, const build::Environment& words,
            BuildStage& stage);
  void make_work_directory(const BuildStage::Step& step, BuildStage& stage);

 private:
  struct Sources;
  Sources find_sources(const build::CopyInstruction& copy, ClientFiles::Need need);
  void make_sources(const build::CopyInstruction& copy, build::SourceTree& made, Sources& sources);
  /// Gives its name.
  std::string add_url(const std::string& url, const build::CopyInstruction& copy,
                      build::SourceTree& into);
  void add_repository(const build::GitUrl& url, build::SourceTree& into, Sources& sources);
  void fetch_from_image(const build::CopyInstruction& copy, build::SourceTree& into);
  static BuildStage::Step describe(const build::CopyInstruction& copy, const Sources& sources,
                                   const BuildStage& stage);
  /// `root`: a new one on what the stage has.
  std::optional<RootLayer> make_layer(const build::CopyInstruction& copy, const Sources& sources,
                                      const BuildStage& stage, BuildRoot& root);

  const World world_;
  BuildOutput& output_;
  const std::stop_token stop_;
};

}  // namespace gantry::services
