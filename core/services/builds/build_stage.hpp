// An image on its way through the instructions of a stage: each step makes one, or finds the one
// that the same step made before. Any thread may have a stage, each one at a time.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/config_instruction.hpp"
#include "core/images/image_config.hpp"
#include "core/services/builds/step_turns.hpp"
#include "core/services/images/images.hpp"

namespace gantry::services {

class BuildStage {
 public:
  struct Cache {
    bool use = true;
    std::vector<std::string> from;  // images that count as steps made here
    bool only_from = false;         // and nothing else does, as with Docker's classic builder
  };
  /// `turns`: null: others are not waited for. `created`: when its images say that they were made;
  /// none: now.
  BuildStage(Images& images, const Cache& cache, StepTurns* turns, std::optional<UnixNanos> created)
      : images_(images), cache_(cache), turns_(turns), created_(created) {}

  /// FROM an image; null: scratch.
  void begin(images::PinnedImage base, const images::Platform& platform);

  /// The last step's image; empty: none yet.
  std::string image_id() const { return image_.image ? image_->id : std::string(); }
  std::string chain_id() const { return image_.image ? image_->top_chain_id() : std::string(); }
  const images::ImageDefaults& defaults() const { return config_.defaults; }
  build::ConfigState& words() { return words_; }
  /// Once they have run: the image has none any more.
  void forget_triggers() { config_.defaults.on_build.clear(); }

  /// What a step leaves: a configuration, and how history calls it.
  struct Step {
    images::ImageDefaults defaults;
    std::string author;    // MAINTAINER; empty: as before
    std::string built_by;  // history's created_by
    std::string identity;  // says more exactly what was done, for the cache; empty: as built_by

    const std::string& key() const { return identity.empty() ? built_by : identity; }
  };
  Step next(std::string built_by) const { return {config_.defaults, {}, std::move(built_by), {}}; }
  /// One that runs nothing, as history has it.
  static std::string told(const images::ImageDefaults& defaults, const std::string& what);

  /// False: what comes has to be made, most likely.
  bool may_be_cached() const { return cache_.use && !missed_; }
  /// True: the step was made before from the same image, and the stage goes on from there. After
  /// the first one that was not, none is looked for any more, but those that another build makes in
  /// this moment: they are waited for.
  bool use_cached(const Step& step, const std::stop_token& stop);
  void commit(const Step& step, std::optional<RootLayer> layer, const std::stop_token& stop);

 private:
  images::ImageConfig config_after(const Step& step, UnixNanos created, bool empty_layer) const;
  /// What the cache knows the step by.
  std::string key_of(const Step& step) const;
  bool find_cached(const Step& step, const std::stop_token& stop);
  void go_on_from(images::PinnedImage image);
  bool may_use(const images::ImageRecord& child) const;
  images::ImagePtr find_child(const Step& step) const;
  images::ImagePtr take_from(const std::string& reference, const Step& step,
                             const std::stop_token& stop);
  images::ImagePtr adopt(images::ImageRecord record, const Step& step);
  void assemble(ImageAssembly::Request request, const Step& step, UnixNanos created,
                const std::stop_token& stop);

  Images& images_;
  const Cache& cache_;
  StepTurns* const turns_;
  const std::optional<UnixNanos> created_;
  std::optional<StepTurns::Turn> turn_;  // at the step that is being made
  bool missed_ = false;
  images::PinnedImage image_;
  images::ImageConfig config_;
  build::ConfigState words_;
};

}  // namespace gantry::services
