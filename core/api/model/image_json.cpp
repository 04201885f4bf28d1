#include "core/api/model/image_json.hpp"

#include "core/base/time.hpp"
#include "core/json/reader.hpp"

namespace gantry::api {
namespace {

constexpr UnixNanos kSecond = 1'000'000'000;

void labels_or_null(json::Writer& w, std::string_view key,
                    const std::map<std::string, std::string>& labels) {
  w.key(key);
  if (labels.empty())
    w.null();
  else
    w.string_map(labels);
}

// An empty list says no more than none.
void raw_or_null(json::Writer& w, std::string_view key, const json::Node& config) {
  const json::Node node = config[key];
  const bool is_empty = (node.is_object() || node.is_array()) && node.size() == 0;
  w.key(key).raw(node && !is_empty ? node.raw() : "null");
}

void raw_if_set(json::Writer& w, std::string_view key, const json::Node& config) {
  const json::Node node = config[key];
  if (!node) return;
  if ((node.is_string() && node.str().empty()) || (node.is_bool() && !node.boolean())) return;
  if ((node.is_object() || node.is_array()) && node.size() == 0) return;
  w.key(key).raw(node.raw());
}

// Keys of OCI's image config: what the image says, nothing of a container.
void write_image_config(json::Writer& w, const json::Node& config) {
  w.begin_object();
  w.field("User", config["User"].str());
  raw_if_set(w, "ExposedPorts", config);
  raw_or_null(w, "Env", config);
  raw_or_null(w, "Entrypoint", config);
  raw_or_null(w, "Cmd", config);
  raw_or_null(w, "Volumes", config);
  w.field("WorkingDir", config["WorkingDir"].str());
  raw_or_null(w, "Labels", config);
  raw_if_set(w, "StopSignal", config);
  raw_if_set(w, "ArgsEscaped", config);
  raw_if_set(w, "Healthcheck", config);
  raw_or_null(w, "OnBuild", config);
  raw_if_set(w, "Shell", config);
  w.end_object();
}

// Before 1.50 the whole container configuration, most of it empty.
void write_container_config(json::Writer& w, const json::Node& config) {
  w.begin_object();
  w.field("Hostname", config["Hostname"].str()).field("Domainname", config["Domainname"].str());
  w.field("User", config["User"].str());
  for (const char* key : {"AttachStdin", "AttachStdout", "AttachStderr"})
    w.field(key, config[key].boolean());
  raw_if_set(w, "ExposedPorts", config);
  for (const char* key : {"Tty", "OpenStdin", "StdinOnce"}) w.field(key, config[key].boolean());
  raw_or_null(w, "Env", config);
  raw_or_null(w, "Cmd", config);
  raw_if_set(w, "Healthcheck", config);
  raw_if_set(w, "ArgsEscaped", config);
  w.field("Image", config["Image"].str());
  raw_or_null(w, "Volumes", config);
  w.field("WorkingDir", config["WorkingDir"].str());
  raw_or_null(w, "Entrypoint", config);
  raw_if_set(w, "NetworkDisabled", config);
  raw_if_set(w, "MacAddress", config);
  raw_or_null(w, "OnBuild", config);
  raw_or_null(w, "Labels", config);
  raw_if_set(w, "StopSignal", config);
  raw_if_set(w, "StopTimeout", config);
  raw_if_set(w, "Shell", config);
  w.end_object();
}

}  // namespace

void write_image_summary(json::Writer& w, const services::ListedImage& item, int api_minor,
                         bool counts_containers) {
  const images::ImageRecord& image = *item.image;
  const bool nameless = item.repo_tags.empty() && item.repo_digests.empty() && api_minor < 43;
  const auto size = static_cast<std::int64_t>(image.unpacked_size());
  w.begin_object();
  w.field("Id", image.id).field("ParentId", item.parent);
  w.field("RepoTags", nameless ? std::vector<std::string>{"<none>:<none>"} : item.repo_tags);
  w.field("RepoDigests", nameless ? std::vector<std::string>{"<none>@<none>"} : item.repo_digests);
  w.field("Created", image.created / kSecond);
  w.field("Size", size);
  w.field("SharedSize", item.shared_size);
  if (api_minor < 44) w.field("VirtualSize", size);
  labels_or_null(w, "Labels", image.defaults.labels);
  w.field("Containers", counts_containers ? item.containers : std::int64_t{-1});
  w.end_object();
}

void write_image_inspect(json::Writer& w, const services::InspectedImage& inspected,
                         const std::string& storage_driver, int api_minor) {
  const images::ImageRecord& image = *inspected.image;
  const auto document = json::Document::parse(inspected.config);
  const json::Node root = document.root();
  const auto size = static_cast<std::int64_t>(image.unpacked_size());
  w.begin_object();
  w.field("Id", image.id);
  w.field("RepoTags", image.repo_tags).field("RepoDigests", image.repo_digests);
  w.field("Parent", inspected.parent).field("Comment", image.comment);
  if (image.created != 0 || api_minor < 44) w.field("Created", rfc3339_nano(image.created));
  if (api_minor < 45) {
    w.field("Container", root["container"].str());
    w.key("ContainerConfig");
    write_container_config(w, root["container_config"]);
  }
  w.field("DockerVersion", image.docker_version).field("Author", image.author);
  w.key("Config");
  if (api_minor >= 50)
    write_image_config(w, root["config"]);
  else
    write_container_config(w, root["config"]);
  w.field("Architecture", image.platform.architecture);
  if (!image.platform.variant.empty()) w.field("Variant", image.platform.variant);
  w.field("Os", image.platform.os);
  if (!image.platform.os_version.empty()) w.field("OsVersion", image.platform.os_version);
  w.field("Size", size);
  if (api_minor < 44) w.field("VirtualSize", size);
  w.key("GraphDriver").begin_object().key("Data").null().field("Name", storage_driver).end_object();
  w.key("RootFS").begin_object().field("Type", "layers");
  w.key("Layers").begin_array();
  for (const images::ImageLayer& layer : image.layers) w.str(layer.diff_id);
  w.end_array().end_object();
  w.key("Metadata")
      .begin_object()
      .field("LastTagTime", rfc3339_nano(image.last_tag_time))
      .end_object();
  w.end_object();
}

void write_image_history(json::Writer& w, const std::vector<services::HistoryLine>& lines) {
  w.begin_array();
  for (const services::HistoryLine& line : lines) {
    w.begin_object();
    w.field("Id", line.id.empty() ? std::string("<missing>") : line.id);
    w.field("Created", line.entry.created / kSecond).field("CreatedBy", line.entry.created_by);
    w.key("Tags");
    if (line.repo_tags.empty())
      w.null();
    else
      w.strings(line.repo_tags);
    w.field("Size", line.size).field("Comment", line.entry.comment);
    w.end_object();
  }
  w.end_array();
}

void write_deleted_images(json::Writer& w, const std::vector<services::DeletedImage>& lines) {
  w.begin_array();
  for (const services::DeletedImage& line : lines) {
    w.begin_object();
    if (!line.untagged.empty()) w.field("Untagged", line.untagged);
    if (!line.deleted.empty()) w.field("Deleted", line.deleted);
    w.end_object();
  }
  w.end_array();
}

void write_registry_image(json::Writer& w, const services::RegistryImage& image) {
  w.begin_object().key("Descriptor").begin_object();
  w.field("mediaType", image.descriptor.media_type)
      .field("digest", image.descriptor.digest)
      .field("size", image.descriptor.size)
      .end_object();
  w.key("Platforms").begin_array();
  for (const images::Platform& platform : image.platforms) {
    w.begin_object().field("architecture", platform.architecture).field("os", platform.os);
    if (!platform.os_version.empty()) w.field("os.version", platform.os_version);
    if (!platform.variant.empty()) w.field("variant", platform.variant);
    w.end_object();
  }
  w.end_array().end_object();
}

void write_found_images(json::Writer& w, const std::vector<services::FoundImage>& found) {
  w.begin_array();
  for (const services::FoundImage& image : found)
    w.begin_object()
        .field("description", image.description)
        .field("is_official", image.official)
        .field("is_automated", false)
        .field("name", image.name)
        .field("star_count", image.stars)
        .end_object();
  w.end_array();
}

}  // namespace gantry::api
