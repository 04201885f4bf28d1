// A registry in memory on top of TestServer: images made of files, and hooks to misbehave.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/digest.hpp"
#include "core/images/image_config.hpp"
#include "core/images/manifest.hpp"
#include "core/images/media_types.hpp"
#include "tests/unit/images/tar_maker.hpp"
#include "tests/unit/images/test_server.hpp"

namespace gantry::test {

inline std::string digest_of(const std::string& bytes) { return "sha256:" + sha256_hex(bytes); }

/// One image's documents and blobs.
struct MadeImage {
  std::string config, manifest;
  std::vector<std::string> layers, diff_ids;
  std::string id() const { return digest_of(config); }
  std::string digest() const { return digest_of(manifest); }
};

struct MakeOptions {
  TarMaker::Filter filter = TarMaker::Filter::gzip;
  std::string architecture = "amd64";
  std::string marker = "x";         // makes images differ
  std::size_t padding = 0;          // incompressible-ish bytes in each layer
  std::string config_extra = "{}";  // the `config` member
};

inline std::string noise(std::size_t size, std::uint32_t seed) {
  std::string text(size, '\0');
  for (char& c : text) {
    seed = seed * 1664525u + 1013904223u;
    c = static_cast<char>(seed >> 24);
  }
  return text;
}

inline MadeImage make_image(std::size_t layer_count, const MakeOptions& options = {}) {
  MadeImage image;
  std::vector<images::Descriptor> layers;
  std::string diff_ids;
  for (std::size_t i = 0; i < layer_count; ++i) {
    TarMaker tar;
    const std::string name = std::string("d").append(std::to_string(i));
    tar.directory(name).file(name + "/f", options.marker);
    if (options.padding > 0)
      tar.file("noise", noise(options.padding, static_cast<std::uint32_t>(i + 1)));
    const std::string plain = tar.take();
    image.diff_ids.push_back(digest_of(plain));
    std::string_view type = images::media::kOciLayer;
    std::string blob = plain;
    if (options.filter != TarMaker::Filter::none) {
      blob = compress(plain, options.filter);
      type = options.filter == TarMaker::Filter::zstd ? images::media::kOciLayerZstd
                                                      : images::media::kOciLayerGzip;
    }
    layers.push_back({std::string(type), digest_of(blob), blob.size()});
    image.layers.push_back(blob);
    diff_ids += (i ? ",\"" : "\"") + image.diff_ids.back() + "\"";
  }
  image.config = R"({"architecture":")" + options.architecture +
                 R"(","os":"linux","created":"2024-01-01T00:00:00Z","config":)" +
                 options.config_extra + R"(,"rootfs":{"type":"layers","diff_ids":[)" + diff_ids +
                 R"(]},"history":[]})";
  image.manifest = images::write_manifest(
      {std::string(images::media::kOciConfig), image.id(), image.config.size()}, layers);
  return image;
}

class FakeRegistry {
 public:
  FakeRegistry() : server_([this](const ServedRequest& q, Reply& r) { handle(q, r); }) {}

  std::string host() const { return server_.host(); }
  const TestServer& server() const { return server_; }

  void add(const std::string& repository, const std::string& tag, const MadeImage& image) {
    for (const std::string& layer : image.layers) blobs[digest_of(layer)] = layer;
    blobs[image.id()] = image.config;
    add_manifest(repository, tag, image.manifest, std::string(images::media::kOciManifest));
  }
  void add_manifest(const std::string& repository, const std::string& tag, const std::string& text,
                    const std::string& type) {
    manifests[repository + "/" + tag] = {text, type};
    manifests[repository + "/" + digest_of(text)] = {text, type};
    if (!tag.empty()) tags[repository].push_back(tag);
  }

  /// Called first; true: it has answered.
  std::function<bool(const ServedRequest&, Reply&)> hook;
  std::map<std::string, std::string> blobs;  // by digest
  std::map<std::string, std::pair<std::string, std::string>>
      manifests;  // repository/version -> text, type
  std::map<std::string, std::vector<std::string>> tags;

 private:
  void handle(const ServedRequest& q, Reply& r) {
    if (hook && hook(q, r)) return;
    const std::string& t = q.target;
    if (t == "/v2/") return r.send(200, "{}");
    if (const auto at = t.find("/manifests/"); at != std::string::npos) {
      const auto found = manifests.find(t.substr(4, at - 4) + "/" + t.substr(at + 11));
      if (found == manifests.end())
        return r.send(404,
                      R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})");
      return r.send(200, found->second.first,
                    "Content-Type: " + found->second.second +
                        "\r\nDocker-Content-Digest: " + digest_of(found->second.first) + "\r\n");
    }
    if (const auto at = t.find("/blobs/"); at != std::string::npos) {
      const auto found = blobs.find(t.substr(at + 7));
      if (found == blobs.end())
        return r.send(404, R"({"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]})");
      return send_blob(found->second, q, r);
    }
    if (const auto at = t.find("/tags/list"); at != std::string::npos) {
      std::string list;
      for (const std::string& tag : tags[t.substr(4, at - 4)])
        list += (list.empty() ? "\"" : ",\"") + tag + "\"";
      return r.send(200, "{\"tags\":[" + list + "]}");
    }
    r.send(404, "page not found");
  }

  static void send_blob(const std::string& blob, const ServedRequest& q, Reply& r) {
    const std::string range = q.header("range");
    if (range.empty()) return r.send(200, blob);
    const std::size_t from = std::stoul(range.substr(6));
    if (from >= blob.size()) return r.send(416, "");
    r.send(206, blob.substr(from),
           "Content-Range: bytes " + std::to_string(from) + "-" + std::to_string(blob.size() - 1) +
               "/" + std::to_string(blob.size()) + "\r\n");
  }

  TestServer server_;
};

}  // namespace gantry::test
