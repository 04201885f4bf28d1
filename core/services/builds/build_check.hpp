// The checks of the Dockerfile of one build, with what is known of its bases and of its context.
// One thread.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/build/checks.hpp"
#include "core/services/builds/build_context.hpp"
#include "core/services/builds/build_request.hpp"
#include "core/services/builds/image_build.hpp"

namespace gantry::services {

/// Of what is in front of a line that cannot be read. Throws Error{invalid} for options.
build::CheckReport beginning_report(const BuildRequest& request, const std::string& dockerfile,
                                    int line);

class BuildCheck {
 public:
  /// `target`: the platform. All outlive this.
  BuildCheck(const BuildWorld& world, const BuildRequest& request, BuildContext& context,
             const images::Platform& target, std::stop_token stop);

  /// For a build; what it would fail with anyway is left to it. Throws Error{invalid} for options.
  build::CheckReport run(const build::Dockerfile& file, const build::StagePlan& plan);
  /// In place of a build: all that is wrong, missing bases too. Throws Error{cancelled}.
  CheckOutcome run_alone();

 private:
  build::CheckWorld check_world();
  void check_text(build::CheckReport& report);
  bool is_given(const std::string& name) const;
  void check(const build::Dockerfile& file, const build::StagePlan& plan,
             build::CheckReport& report);
  build::CheckBasePtr find_base(const std::string& name, const images::Platform& platform,
                                build::CheckWorld::Look look);
  build::CheckBasePtr find_here(const std::string& name, const images::Platform& platform);
  build::CheckBasePtr fetch(const std::string& name, const images::Platform& platform);

  const BuildWorld& world_;
  const BuildRequest& request_;
  BuildContext& context_;
  const images::Platform target_;
  const std::stop_token stop_;
  bool is_alone_ = false;
  bool is_out_of_reach_ = false;                      // a registry
  std::map<std::string, build::CheckBasePtr> bases_;  // by name and platform
};

}  // namespace gantry::services
