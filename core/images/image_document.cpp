#include "core/images/image_document.hpp"

#include "core/base/error.hpp"
#include "core/images/chain_id.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::images {
namespace {

void write_descriptor(json::Writer& out, std::string_view key, const Descriptor& d) {
  out.key(key).begin_object();
  out.field("mediaType", d.media_type).field("digest", d.digest).field("size", d.size);
  out.end_object();
}

Descriptor descriptor_of(const json::Node& node) {
  return {node["mediaType"].str(), node["digest"].str(), node["size"].u64()};
}

std::string_view name_of(BuildKitRole role) {
  return role == BuildKitRole::step ? "step" : role == BuildKitRole::result ? "result" : "";
}

BuildKitRole role_of(std::string_view name) {
  return name == "step"     ? BuildKitRole::step
         : name == "result" ? BuildKitRole::result
                            : BuildKitRole::none;
}

}  // namespace

ImageRecord make_record(const Descriptor& config_blob, const ImageConfig& config) {
  ImageRecord image;
  image.id = config_blob.digest;
  image.config = config_blob;
  image.platform = config.platform;
  image.created = config.created;
  image.comment = config.comment;
  image.author = config.author;
  image.docker_version = config.docker_version;
  image.defaults = config.defaults;
  const auto chains = chain_ids(config.diff_ids);
  for (size_t i = 0; i < chains.size(); ++i) {
    ImageLayer layer;
    layer.diff_id = config.diff_ids[i];
    layer.chain_id = chains[i];
    image.layers.push_back(std::move(layer));
  }
  return image;
}

std::string write_image_document(const ImageRecord& image) {
  // The defaults and texts are kept as a config without history, so that booting reads no blobs.
  ImageConfig config;
  config.platform = image.platform;
  config.created = image.created;
  config.comment = image.comment;
  config.author = image.author;
  config.docker_version = image.docker_version;
  config.defaults = image.defaults;
  for (const ImageLayer& layer : image.layers) config.diff_ids.push_back(layer.diff_id);

  json::Writer out;
  out.begin_object();
  write_descriptor(out, "manifest", image.manifest);
  write_descriptor(out, "config_blob", image.config);
  out.field("last_tag_time", image.last_tag_time);
  if (!image.parent.empty()) out.field("parent", image.parent);
  if (!image.built_by.empty()) out.field("built_by", image.built_by);
  if (image.buildkit != BuildKitRole::none) out.field("buildkit", name_of(image.buildkit));
  out.key("layers").begin_array();
  for (const ImageLayer& layer : image.layers) {
    out.begin_object();
    write_descriptor(out, "blob", layer.blob);
    out.field("unpacked", layer.unpacked_size);
    out.end_object();
  }
  out.end_array();
  out.key("image").raw(write_image_config(config));
  out.end_object();
  return out.take();
}

ImageRecord read_image_document(std::string_view document) {
  const json::Document parsed =
      json::Document::parse(std::string(document), {.bytes = 32u << 20, .depth = 80});
  const json::Node root = parsed.root();
  const ImageConfig config = parse_image_config(root["image"].raw());
  ImageRecord image = make_record(descriptor_of(root["config_blob"]), config);
  image.manifest = descriptor_of(root["manifest"]);
  image.last_tag_time = root["last_tag_time"].i64();
  image.parent = root["parent"].str();
  image.built_by = root["built_by"].str();
  image.buildkit = role_of(root["buildkit"].str());
  if (root["layers"].size() != image.layers.size())
    throw Error(Errc::invalid, "layers do not match the diff ids");
  for (size_t i = 0; i < image.layers.size(); ++i) {
    const json::Node node = root["layers"].at(i);
    image.layers[i].blob = descriptor_of(node["blob"]);
    image.layers[i].unpacked_size = node["unpacked"].u64();
  }
  return image;
}

}  // namespace gantry::images
