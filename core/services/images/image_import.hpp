// `docker import`: one tar becomes an image of one layer. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/images/image_config.hpp"
#include "core/images/image_store.hpp"
#include "core/images/platform.hpp"
#include "core/images/registry_options.hpp"
#include "core/services/images/image_assembly.hpp"
#include "core/services/images/image_progress.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class ImageImport {
 public:
  struct Request {
    std::string source;  // "-": `body` gives it; else an http or https URL
    std::optional<images::Reference> name;
    std::optional<images::Platform> platform;
    std::string comment;               // empty: "Imported from <source>"
    std::vector<std::string> changes;  // Dockerfile instructions
  };
  /// The next piece of the request's body, valid until the next call; empty at its end. Called on
  /// the caller's thread.
  using Body = std::function<std::string_view()>;

  ImageImport(images::BlobStore& blobs, ImageAssembly& assembly, state::EventBus& events,
              const images::RegistryOptions& options)
      : blobs_(blobs), assembly_(assembly), events_(events), options_(options) {}

  /// Writes {"status":"sha256:…"} as the last line. Throws Error{invalid} for bad changes or data.
  void run(const Request& request, const Body& body, const ProgressOutput& output);

 private:
  images::IncomingBlob receive(const Body& body);
  images::IncomingBlob fetch(const std::string& url, ProgressBoard& board,
                             const std::stop_token& stop);
  std::string install(const Request& request, images::IncomingBlob layer,
                      images::ImageConfig config, const std::stop_token& stop);

  images::BlobStore& blobs_;
  ImageAssembly& assembly_;
  state::EventBus& events_;
  const images::RegistryOptions options_;
};

}  // namespace gantry::services
