// The images that a build takes from: what is here, or pulled when it is missing. One name means
// one image for a whole build. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "core/services/builds/build_output.hpp"
#include "core/services/builds/build_request.hpp"
#include "core/services/builds/image_build.hpp"

namespace gantry::services {

class BuildBases {
 public:
  /// `platform`: the build's. All outlive this.
  BuildBases(const BuildWorld& world, const BuildRequest& request, const images::Platform& platform,
             std::stop_token stop)
      : world_(world), request_(request), platform_(platform), stop_(std::move(stop)) {}

  /// Throws what a pull throws. Others that want the same wait meanwhile.
  images::PinnedImage find(const std::string& name, const images::Platform& platform,
                           BuildOutput& output);
  /// Brings the images of `request.cache_from` that are not here and can be had.
  void pull_caches(BuildOutput& output);

 private:
  struct Name {
    std::mutex mutex;                                    // one pull at a time: each moves the name
    std::map<std::string, images::PinnedImage> found{};  // by platform; held while the build lasts
  };
  void pull(const std::string& name, const images::Platform& platform, BuildOutput& output);

  const BuildWorld& world_;
  const BuildRequest& request_;
  const images::Platform& platform_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::map<std::string, Name> names_;
};

}  // namespace gantry::services
