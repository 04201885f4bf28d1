// What the checks of a Dockerfile ask for besides it. Plain values; who makes them says which
// threads.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/build/arguments.hpp"
#include "core/images/image.hpp"

namespace gantry::build {

/// An image that a stage begins with.
struct CheckBase {
  CheckBase() = default;
  CheckBase(images::ImageDefaults its_defaults, images::Platform its_platform)
      : defaults(std::move(its_defaults)), platform(std::move(its_platform)) {}

  const images::ImageDefaults defaults{};
  const images::Platform platform{};
};
using CheckBasePtr = std::shared_ptr<const CheckBase>;

struct CheckWorld {
  GivenArguments arguments{};
  images::Platform target{}, host{};
  std::string target_stage{};  // empty: the last one
  enum class Look { here, anywhere };
  /// Null: nobody knows what is in it, and rules that depend on it stay silent. What it throws goes
  /// through.
  std::function<CheckBasePtr(const std::string& name, const images::Platform& platform, Look look)>
      base{};
  /// A name that means something the client has given, and no stage. Empty: none does.
  std::function<bool(const std::string& name)> is_given{};
  /// Each base must be known, whether or not a rule depends on it.
  bool needs_bases = false;
  /// The patterns of what the client leaves out of the build context.
  std::function<std::vector<std::string>()> ignored{};
};

}  // namespace gantry::build
