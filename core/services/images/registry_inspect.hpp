// What a registry has under a name: GET /distribution/{name}/json, and an image's configuration.
// Blocks; any thread.
#pragma once

#include <stop_token>
#include <vector>

#include "core/images/image.hpp"
#include "core/images/image_config.hpp"
#include "core/images/reference.hpp"
#include "core/images/registry_auth.hpp"
#include "core/images/registry_options.hpp"

namespace gantry::services {

struct RegistryImage {
  images::Descriptor descriptor;
  std::vector<images::Platform> platforms;
};

class RegistryInspect {
 public:
  explicit RegistryInspect(const images::RegistryOptions& options) : options_(options) {}
  /// Errors in the registry's words.
  RegistryImage run(const images::Reference& reference, const images::RegistryAuth& auth,
                    const std::stop_token& stop) const;
  /// Of the image for a platform, without its layers.
  images::ImageConfig config(const images::Reference& reference, const images::Platform& platform,
                             const images::RegistryAuth& auth, const std::stop_token& stop) const;

 private:
  const images::RegistryOptions options_;
};

}  // namespace gantry::services
