#include "core/images/manifest.hpp"

#include "core/base/error.hpp"
#include "core/images/media_types.hpp"
#include "core/images/platform.hpp"
#include "core/images/reference.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::images {
namespace {

Descriptor read_descriptor(const json::Node& node) {
  Descriptor d;
  d.media_type = node["mediaType"].str();
  d.digest = node["digest"].str();
  d.size = node["size"].u64();
  if (!is_digest(d.digest)) invalid("invalid manifest: unsupported digest \"" + d.digest + "\"");
  if (d.size > (1ull << 50)) invalid("invalid manifest: size of " + d.digest + " is out of range");
  return d;
}

Manifest read_manifest(const json::Node& root, std::string media_type) {
  Manifest manifest;
  manifest.media_type = std::move(media_type);
  manifest.config = read_descriptor(root["config"]);
  const std::string& config_type = manifest.config.media_type;
  if (!config_type.empty() && !media::is_config(config_type))
    invalid("unsupported media type " + config_type);
  if (manifest.config.size > kMaxConfigBytes)
    invalid("invalid manifest: image config is too large");
  if (root["layers"].size() > kMaxLayers) invalid("invalid manifest: too many layers");
  root["layers"].each_item([&](json::Node node) {
    manifest.layers.push_back(read_descriptor(node));
    const std::string& type = manifest.layers.back().media_type;
    if (!media::is_layer(type)) invalid("unsupported media type " + type);
  });
  return manifest;
}

Index read_index(const json::Node& root, std::string media_type) {
  Index index;
  index.media_type = std::move(media_type);
  if (root["manifests"].size() > 1000) invalid("invalid index: too many manifests");
  root["manifests"].each_item([&](json::Node node) {
    IndexEntry entry;
    entry.descriptor = read_descriptor(node);
    if (const json::Node p = node["platform"]) {
      Platform platform;
      platform.os = p["os"].str();
      platform.architecture = p["architecture"].str();
      platform.variant = p["variant"].str();
      platform.os_version = p["os.version"].str();
      entry.platform = platform;
    }
    if (const json::Node a = node["annotations"]) entry.annotations = a.string_map();
    index.entries.push_back(std::move(entry));
  });
  return index;
}

}  // namespace

bool IndexEntry::is_attestation() const {
  if (annotations.count("vnd.docker.reference.type") > 0) return true;
  return platform && platform->os == "unknown" && platform->architecture == "unknown";
}

ManifestDocument parse_manifest(std::string_view text, std::string_view given_type) {
  if (text.size() > kMaxManifestBytes) invalid("invalid manifest: too large");
  const json::Document document =
      json::Document::parse(std::string(text), {.bytes = kMaxManifestBytes, .depth = 32});
  const json::Node root = document.root();
  if (!root.is_object()) invalid("invalid manifest: not an object");

  given_type = given_type.substr(0, given_type.find(';'));
  const std::string own_type = root["mediaType"].str();
  std::string type(given_type);
  if (!media::is_manifest(type) && !media::is_index(type)) {
    if (type == media::kDockerSchema1 || type == media::kDockerSchema1Signed ||
        (root["schemaVersion"].i64() == 1 && own_type.empty()))
      invalid(
          "[DEPRECATION NOTICE] Docker Image Format v1 and Docker Image manifest version 2, schema "
          "1 "
          "support has been removed. Suggest the author of the image to upgrade the image to the "
          "OCI "
          "Format or Docker Image manifest v2, schema 2.");
    type = own_type;
  }
  if (!own_type.empty() && own_type != type)
    invalid("invalid manifest: mediaType \"" + own_type + "\" does not match \"" + type + "\"");
  // Documents without any type are OCI's; which of the two they are shows in their members.
  if (type.empty()) type = root["manifests"] ? media::kOciIndex : media::kOciManifest;

  ManifestDocument result;
  if (media::is_index(type)) {
    if (root["layers"] || root["config"]) invalid("invalid index: it has a config or layers");
    result.index = read_index(root, type);
  } else if (media::is_manifest(type)) {
    if (root["manifests"]) invalid("invalid manifest: it has manifests of its own");
    result.manifest = read_manifest(root, type);
  } else {
    invalid("unsupported media type " + type);
  }
  return result;
}

const IndexEntry& choose_entry(const Index& index, const Platform& wanted) {
  std::vector<Platform> offered;
  std::vector<const IndexEntry*> entries;
  for (const IndexEntry& entry : index.entries) {
    const std::string& type = entry.descriptor.media_type;
    if (entry.is_attestation() || !(media::is_manifest(type) || media::is_index(type))) continue;
    // An index need not say platforms; then it's as good as the one asked for.
    offered.push_back(entry.platform.value_or(wanted));
    entries.push_back(&entry);
  }
  const auto best = choose_platform(wanted, offered);
  if (!best)
    throw Error(Errc::not_found, "no matching manifest for " + normalised(wanted).str() +
                                     " in the manifest list entries");
  return *entries[*best];
}

std::string write_manifest(const Descriptor& config, const std::vector<Descriptor>& layers) {
  json::Writer out;
  const auto descriptor = [&out](const Descriptor& d) {
    out.begin_object();
    out.field("mediaType", d.media_type).field("digest", d.digest).field("size", d.size);
    out.end_object();
  };
  out.begin_object();
  out.field("schemaVersion", 2).field("mediaType", media::kOciManifest);
  out.key("config");
  descriptor(config);
  out.key("layers").begin_array();
  for (const Descriptor& layer : layers) descriptor(layer);
  out.end_array().end_object();
  return out.take();
}

}  // namespace gantry::images
