// All image services on a memory runtime, and shorthands to drive them.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/file.hpp"
#include "core/images/manifest.hpp"
#include "core/json/reader.hpp"
#include "core/services/images/images.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/images/fake_registry.hpp"
#include "tests/unit/images/memory_runtime.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::test {

struct ImageWorld {
  TemporaryDirectory directory;
  state::EventBus events;
  MemoryRuntime runtime;
  std::map<std::string, std::vector<images::ImageUse>> uses;
  images::RegistryOptions options = fast_options();
  std::unique_ptr<state::Journal> journal;
  std::unique_ptr<services::Images> images;
  std::vector<std::string> lines;
  std::unique_ptr<state::EventBus::Subscription> subscription = events.subscribe();

  ImageWorld() { start(); }

  /// (Re)opens everything, as a new daemon on the same root does.
  void start() {
    images.reset();
    journal.reset();
    journal = std::make_unique<state::Journal>(directory / "db");
    images = std::make_unique<services::Images>(services::Images::Given{
        *journal, events, runtime, directory / "images", options, [this](const std::string& id) {
          return uses.count(id) ? uses[id] : std::vector<images::ImageUse>();
        }});
    images->restore(false);
  }

  static images::RegistryOptions fast_options() {
    images::RegistryOptions o;
    o.retry_delay = std::chrono::milliseconds(1);
    o.stall_timeout = std::chrono::milliseconds(2000);
    return o;
  }

  services::ProgressOutput output(Peer peer = Peer()) {
    lines.clear();
    return {[this](std::string_view line) {
              lines.emplace_back(line);
              return true;
            },
            peer};
  }

  void pull(const std::string& reference, images::RegistryAuth auth = {},
            std::optional<images::Platform> platform = {}) {
    services::ImagePull::Request request;
    request.reference = images::parse_reference(reference);
    request.auth = std::move(auth);
    request.platform = std::move(platform);
    images->pull.run(request, output());
  }

  void load(const std::string& archive, bool quiet = true) {
    images->load.run({quiet, {}}, pieces_of(archive, 3000), output());
  }
  std::string save(const std::vector<std::string>& names) {
    std::string archive;
    images->save.write(images->save.plan(names, {}),
                       [&](std::string_view piece) { archive += piece; });
    return archive;
  }
  std::string import(const std::string& tar, const std::string& name = {},
                     std::vector<std::string> changes = {}) {
    services::ImageImport::Request request;
    request.source = "-";
    if (!name.empty()) request.name = images::parse_reference(name);
    request.changes = std::move(changes);
    images->import.run(request, pieces_of(tar), output());
    return json::Document::parse(lines.back()).root()["status"].str();
  }

  /// An image made from `parent` (an id; empty: from nothing) by one step; without `tar` no layer.
  std::string step(const std::string& parent, const std::string& built_by,
                   const std::string& name = {}, const std::string& tar = {},
                   images::BuildKitRole role = images::BuildKitRole::none) {
    const images::ImagePtr below = parent.empty() ? nullptr : images->store.get(parent);
    services::ImageAssembly::Request request;
    if (below)
      request.config = images::parse_image_config(
          images->blobs.read(below->config.digest, images::kMaxConfigBytes));
    request.config.platform.architecture = "amd64";
    request.config.created = now_nanos();
    request.config.history.push_back(
        {request.config.created, built_by, {}, {}, /*empty_layer=*/tar.empty()});
    request.parent = below.get();
    request.built_by = built_by;
    request.buildkit = role;
    if (!name.empty()) request.name = images::parse_reference(name);
    if (!tar.empty()) {
      images::IncomingBlob layer = images->blobs.begin();
      layer.append(tar.data(), tar.size());
      request.layer.emplace(services::RootLayer{std::move(layer), {}});
    }
    return images->assembly.run(std::move(request), {})->id;
  }

  /// The statuses of one layer in order, without repetitions.
  std::vector<std::string> steps_of(const std::string& id) const {
    std::vector<std::string> steps;
    for (const std::string& line : lines) {
      const auto document = json::Document::parse(line);
      if (document.root()["id"].str() != id) continue;
      const std::string status = document.root()["status"].str();
      if (steps.empty() || steps.back() != status) steps.push_back(status);
    }
    return steps;
  }
  /// All `key` values in order.
  std::vector<std::string> texts(const std::string& key = "status") const {
    std::vector<std::string> found;
    for (const std::string& line : lines) {
      const auto document = json::Document::parse(line);
      if (document.root()[key]) found.push_back(document.root()[key].str());
    }
    return found;
  }
  bool said(const std::string& text) const {
    for (const std::string& status : texts())
      if (status == text) return true;
    return false;
  }
  std::vector<std::string> actions() {
    std::vector<std::string> names;
    while (const auto event = subscription->try_next()) names.push_back(event->action);
    return names;
  }
  std::size_t files(const std::string& where) const {
    std::size_t n = 0;
    for (const auto& entry : file::fs::directory_iterator(directory.path() / "images" / where)) {
      (void)entry;
      ++n;
    }
    return n;
  }
  std::size_t blobs() const { return files("blobs/sha256"); }
  std::size_t partials() const { return files("partial"); }
};

}  // namespace gantry::test
