// The checks of a Dockerfile's text as their tests read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/build/checks.hpp"

namespace gantry::test {

/// What there is besides the Dockerfile.
struct CheckSetting {
  build::CheckWorld world;
  /// Images by name; others are unknown.
  std::map<std::string, build::CheckBasePtr> images{};
  std::vector<std::string> asked{};  // for images elsewhere
  std::string failure{};             // what stopped the checks, with its line

  CheckSetting() {
    world.target.architecture = world.host.architecture = "amd64";
    world.base = [this](const std::string& name, const images::Platform&,
                        build::CheckWorld::Look look) -> build::CheckBasePtr {
      if (look == build::CheckWorld::Look::anywhere) asked.push_back(name);
      const auto found = images.find(name);
      return found == images.end() ? nullptr : found->second;
    };
  }

  void image(const std::string& name, std::vector<std::string> env,
             std::vector<std::string> shell = {}, std::vector<std::string> on_build = {}) {
    images::ImageDefaults defaults;
    defaults.env = std::move(env);
    defaults.shell = std::move(shell);
    defaults.on_build = std::move(on_build);
    images::Platform platform;
    platform.architecture = "amd64";
    images[name] = std::make_shared<build::CheckBase>(defaults, platform);
  }

  build::CheckReport report(std::string_view text, const std::string& options = {}) {
    const build::Dockerfile file = build::parse_dockerfile(text);
    const build::StagePlan plan = build::split_stages(file);
    build::CheckReport found(build::CheckOptions(options.empty() ? file.checks : options));
    build::DockerfileChecks checks(file, plan, world, found);
    try {
      checks.check_file();
      checks.check_stages(std::vector<bool>(plan.stages.size(), true));
    } catch (const build::CheckFailure& error) {
      failure = std::to_string(error.place.line) + ": " + error.what();
    }
    return found;
  }

  /// "Rule line text"
  std::vector<std::string> found(std::string_view text, const std::string& options = {}) {
    std::vector<std::string> lines;
    const build::CheckReport all = report(text, options);
    for (const build::CheckWarning& warning : all.warnings())
      lines.push_back(std::string(warning.rule->name) + " " + std::to_string(warning.line) + " " +
                      warning.text);
    return lines;
  }
};

/// With nothing besides.
inline std::vector<std::string> checked(std::string_view text) {
  return CheckSetting().found(text);
}

/// The rules alone: "A 1, B 2".
inline std::string rules_of(const std::vector<std::string>& found) {
  std::string result;
  for (const std::string& line : found)
    result += (result.empty() ? "" : ", ") + line.substr(0, line.find(' ', line.find(' ') + 1));
  return result;
}

inline std::string rules_in(std::string_view text) { return rules_of(checked(text)); }

}  // namespace gantry::test
