#include "core/services/images/image_save.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/error.hpp"
#include "core/images/archive_writer.hpp"
#include "core/images/media_types.hpp"
#include "core/json/writer.hpp"
#include "core/services/images/image_events.hpp"

namespace gantry::services {

using images::Descriptor;
using images::ImageRecord;
using images::Reference;

namespace {

std::string blob_path(const std::string& digest) { return "blobs/sha256/" + digest.substr(7); }

void write_descriptor(json::Writer& out, const ImageRecord& image, const Reference* name) {
  out.begin_object();
  out.field("mediaType", image.manifest.media_type);
  out.field("digest", image.manifest.digest).field("size", image.manifest.size);
  if (name) {
    out.key("annotations").begin_object();
    out.field("io.containerd.image.name", name->str());
    out.field("org.opencontainers.image.ref.name", name->tag);
    out.end_object();
  }
  out.key("platform").begin_object();
  out.field("architecture", image.platform.architecture).field("os", image.platform.os);
  if (!image.platform.variant.empty()) out.field("variant", image.platform.variant);
  out.end_object();
  out.end_object();
}

std::string index_json(const ImageSave::Plan& plan) {
  json::Writer out;
  out.begin_object();
  out.field("schemaVersion", 2).field("mediaType", images::media::kOciIndex);
  out.key("manifests").begin_array();
  for (const auto& item : plan.items) {
    if (item.names.empty()) write_descriptor(out, *item.pinned.image, nullptr);
    for (const Reference& name : item.names) write_descriptor(out, *item.pinned.image, &name);
  }
  out.end_array().end_object();
  return out.take();
}

std::string manifest_json(const ImageSave::Plan& plan) {
  json::Writer out;
  out.begin_array();
  for (const auto& item : plan.items) {
    out.begin_object();
    out.field("Config", blob_path(item.pinned->config.digest));
    out.key("RepoTags");
    if (item.names.empty()) {
      out.null();
    } else {
      out.begin_array();
      for (const Reference& name : item.names) out.str(name.familiar());
      out.end_array();
    }
    out.key("Layers").begin_array();
    for (const images::ImageLayer& layer : item.pinned->layers)
      out.str(blob_path(layer.blob.digest));
    out.end_array().end_object();
  }
  out.end_array();
  return out.take() + "\n";
}

// {"busybox":{"latest":"<hex of its top layer>"}}: read by very old versions only.
std::string repositories_json(const ImageSave::Plan& plan) {
  std::map<std::string, std::map<std::string, std::string>> repositories;
  for (const auto& item : plan.items)
    for (const Reference& name : item.names)
      if (!item.pinned->layers.empty())
        repositories[name.familiar_name()][name.tag] =
            item.pinned->layers.back().blob.digest.substr(7);
  json::Writer out;
  out.begin_object();
  for (const auto& [repository, tags] : repositories) out.field(repository, tags);
  out.end_object();
  return out.take() + "\n";
}

}  // namespace

void ImageSave::require_whole(const std::string& given, const images::ImageRecord& image) const {
  const auto require = [&](const Descriptor& blob) {
    if (!blobs_.has(blob.digest, blob.size))
      throw Error(Errc::internal, "cannot save " + given + ": " + blob.digest +
                                      " of it is damaged: pull or build it again");
  };
  for (const images::ImageLayer& layer : image.layers) require(layer.blob);
  require(image.config);
  require(image.manifest);
}

ImageSave::Plan ImageSave::plan(const std::vector<std::string>& names,
                                const std::optional<images::Platform>& platform) {
  Plan plan;
  std::map<std::string, std::size_t> by_id;
  const auto add = [&](const std::string& given, const std::optional<Reference>& name) {
    images::PinnedImage pinned = store_.pin(given);
    if (platform) images::require_platform(given, pinned->platform, *platform);
    const auto [it, fresh] = by_id.emplace(pinned->id, plan.items.size());
    if (fresh) plan.items.push_back({std::move(pinned), {}});
    if (fresh) require_whole(given, *plan.items.back().pinned.image);
    auto& known = plan.items[it->second].names;
    if (name && std::find(known.begin(), known.end(), *name) == known.end()) known.push_back(*name);
  };
  for (const std::string& name : names) {
    const auto reference = images::find_reference(name);
    std::vector<Reference> tags;
    if (reference && !reference->has_version())
      for (Reference& tag : store_.repository(*reference))
        if (!tag.tag.empty()) tags.push_back(std::move(tag));
    for (const Reference& tag : tags) add(tag.str(), tag);
    if (!tags.empty()) continue;
    // An id, a digest or one tag; only a tag is a name worth writing down.
    const bool tagged = reference && !reference->tag.empty() && store_.find_named(*reference);
    add(name, tagged ? reference : std::nullopt);
  }
  return plan;
}

void ImageSave::write(const Plan& plan, const std::function<void(std::string_view)>& sink) {
  images::ArchiveWriter tar(sink);
  tar.add_directory("blobs/");
  tar.add_directory("blobs/sha256/");
  std::set<std::string> written;
  const auto add_blob = [&](const Descriptor& blob) {
    if (!written.insert(blob.digest).second) return;
    const UniqueFd fd = blobs_.open(blob.digest);
    tar.add_file(blob_path(blob.digest), fd.get(),
                 blobs_.find_size(blob.digest).value_or(blob.size));
  };
  for (const auto& item : plan.items) {
    for (const images::ImageLayer& layer : item.pinned->layers) add_blob(layer.blob);
    add_blob(item.pinned->config);
    add_blob(item.pinned->manifest);
  }
  tar.add_text("index.json", index_json(plan));
  tar.add_text("manifest.json", manifest_json(plan));
  tar.add_text("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
  tar.add_text("repositories", repositories_json(plan));
  tar.finish();
  for (const auto& item : plan.items)
    publish_image_event(events_, "save", item.pinned->id, item.pinned->id, item.pinned.image.get());
}

}  // namespace gantry::services
