// The checks of a Dockerfile: what can be read, but is likely a mistake. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/build/check_budget.hpp"
#include "core/build/check_report.hpp"
#include "core/build/check_world.hpp"
#include "core/build/from_checks.hpp"
#include "core/build/ignored_sources.hpp"
#include "core/build/stages.hpp"

namespace gantry::build {

/// What no build could go on from; found on the way.
class CheckFailure : public Error {
 public:
  CheckFailure(const Error& error, const CheckPlace& at)
      : Error(error.code(), error.what()), place(at.without_comments()) {}
  const CheckPlace place;
};

/// For a Dockerfile that cannot be read to its end: what its first instructions show.
void check_beginning(const std::vector<Instruction>& instructions, CheckReport& report);

struct CheckedStage;

class DockerfileChecks {
 public:
  /// All outlive this.
  DockerfileChecks(const Dockerfile& file, const StagePlan& plan, const CheckWorld& world,
                   CheckReport& report);
  ~DockerfileChecks();

  /// What needs no more than the text. Throws CheckFailure.
  void check_file();
  /// After it: the stages that `target` is built from.
  std::vector<bool> needed_by(std::size_t target);
  /// What the instructions of these stages do, one for each from the first on. Throws
  /// CheckFailure.
  void check_stages(const std::vector<bool>& stages);

 private:
  /// A word of a FROM, as it is in this build.
  std::string expand(const std::string& word);
  bool is_given(const std::string& name) const { return world_.is_given && world_.is_given(name); }
  void find_bases(const std::vector<bool>& stages);
  /// Of the stage itself, or what all need.
  images::Platform platform_of(const Stage& stage);
  /// The stage that another one begins with; -1: an image, or nothing.
  int base_stage(std::size_t index, const std::string& name) const;
  CheckedStage begin(std::size_t index);
  void check_stage(std::size_t index, IgnoredSources& ignored);

  const Dockerfile& file_;
  const StagePlan& plan_;
  const CheckWorld& world_;
  CheckReport& report_;
  CheckBudget budget_;
  GlobalArguments globals_;  // with this build's values
  std::vector<std::unique_ptr<CheckedStage>> checked_;
};

}  // namespace gantry::build
