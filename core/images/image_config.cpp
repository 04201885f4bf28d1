#include "core/images/image_config.hpp"

#include "core/base/error.hpp"
#include "core/images/manifest.hpp"
#include "core/images/reference.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::images {
namespace {

std::vector<std::string> member_names(const json::Node& object) {
  std::vector<std::string> names;
  object.each_member([&](std::string_view name, json::Node) { names.emplace_back(name); });
  return names;
}

std::optional<std::vector<std::string>> find_strings(const json::Node& node) {
  if (!node) return std::nullopt;
  return node.strings();
}

UnixNanos read_time(const json::Node& node) {
  if (!node) return 0;
  const auto time = parse_rfc3339(node.str());
  if (!time) node.fail("not a time");
  return *time;
}

ImageDefaults read_defaults(const json::Node& node) {
  ImageDefaults d;
  d.cmd = find_strings(node["Cmd"]);
  // Very old images have a string here.
  d.entrypoint = node["Entrypoint"].is_string() ? std::vector<std::string>{node["Entrypoint"].str()}
                                                : find_strings(node["Entrypoint"]);
  d.env = node["Env"].strings();
  d.working_dir = node["WorkingDir"].str();
  d.user = node["User"].str();
  d.labels = node["Labels"].string_map();
  d.exposed_ports = member_names(node["ExposedPorts"]);
  d.volumes = member_names(node["Volumes"]);
  d.stop_signal = node["StopSignal"].str();
  if (const json::Node health = node["Healthcheck"]) d.healthcheck_json = health.raw();
  d.shell = node["Shell"].strings();
  d.on_build = node["OnBuild"].strings();
  d.args_escaped = node["ArgsEscaped"].boolean();
  return d;
}

void write_set(json::Writer& out, std::string_view key, const std::vector<std::string>& names) {
  out.key(key).begin_object();
  for (const std::string& name : names) out.key(name).begin_object().end_object();
  out.end_object();
}

}  // namespace

ImageConfig parse_image_config(std::string_view text) {
  if (text.size() > kMaxConfigBytes) throw Error(Errc::invalid, "invalid image config: too large");
  const json::Document document =
      json::Document::parse(std::string(text), {.bytes = kMaxConfigBytes, .depth = 64});
  const json::Node root = document.root();
  if (!root.is_object()) throw Error(Errc::invalid, "invalid image config: not an object");

  ImageConfig config;
  config.platform.os = root["os"].str();
  if (config.platform.os.empty()) config.platform.os = "linux";
  config.platform.architecture = root["architecture"].str();
  config.platform.variant = root["variant"].str();
  config.platform.os_version = root["os.version"].str();
  config.created = read_time(root["created"]);
  config.author = root["author"].str();
  config.comment = root["comment"].str();
  config.docker_version = root["docker_version"].str();

  const json::Node rootfs = root["rootfs"];
  if (!rootfs) throw Error(Errc::invalid, "invalid image JSON, no RootFS key");
  config.diff_ids = rootfs["diff_ids"].strings();
  if (config.diff_ids.size() > kMaxLayers)
    throw Error(Errc::invalid, "invalid image config: too many layers");
  for (const std::string& diff_id : config.diff_ids)
    if (!is_digest(diff_id))
      throw Error(Errc::invalid, "invalid image config: unsupported digest \"" + diff_id + "\"");

  root["history"].each_item([&](json::Node node) {
    if (config.history.size() >= 4 * kMaxLayers)
      throw Error(Errc::invalid, "invalid image config: too much history");
    HistoryEntry entry;
    entry.created = read_time(node["created"]);
    entry.created_by = node["created_by"].str();
    entry.author = node["author"].str();
    entry.comment = node["comment"].str();
    entry.empty_layer = node["empty_layer"].boolean();
    config.history.push_back(std::move(entry));
  });
  config.defaults = read_defaults(root["config"]);
  return config;
}

void write_defaults(json::Writer& out, const ImageDefaults& d) {
  if (!d.user.empty()) out.field("User", d.user);
  if (!d.exposed_ports.empty()) write_set(out, "ExposedPorts", d.exposed_ports);
  if (!d.env.empty()) out.field("Env", d.env);
  if (d.entrypoint) out.field("Entrypoint", *d.entrypoint);
  if (d.cmd) out.field("Cmd", *d.cmd);
  if (!d.volumes.empty()) write_set(out, "Volumes", d.volumes);
  if (!d.working_dir.empty()) out.field("WorkingDir", d.working_dir);
  if (!d.labels.empty()) out.field("Labels", d.labels);
  if (!d.stop_signal.empty()) out.field("StopSignal", d.stop_signal);
  if (d.args_escaped) out.field("ArgsEscaped", true);
  if (d.healthcheck_json) out.key("Healthcheck").raw(*d.healthcheck_json);
  if (!d.on_build.empty()) out.field("OnBuild", d.on_build);
  if (!d.shell.empty()) out.field("Shell", d.shell);
}

std::string write_defaults(const ImageDefaults& defaults) {
  json::Writer out;
  out.begin_object();
  write_defaults(out, defaults);
  out.end_object();
  return out.take();
}

std::string write_image_config(const ImageConfig& config) {
  json::Writer out;
  out.begin_object();
  out.field("architecture", config.platform.architecture).field("os", config.platform.os);
  if (!config.platform.variant.empty()) out.field("variant", config.platform.variant);
  if (!config.platform.os_version.empty()) out.field("os.version", config.platform.os_version);
  if (config.created != 0) out.field("created", rfc3339_nano(config.created));
  if (!config.author.empty()) out.field("author", config.author);
  if (!config.comment.empty()) out.field("comment", config.comment);
  if (!config.docker_version.empty()) out.field("docker_version", config.docker_version);
  if (!config.container.empty()) out.field("container", config.container);
  if (!config.container_config.empty()) out.key("container_config").raw(config.container_config);
  out.key("config").raw(write_defaults(config.defaults));
  out.key("rootfs")
      .begin_object()
      .field("type", "layers")
      .field("diff_ids", config.diff_ids)
      .end_object();
  out.key("history").begin_array();
  for (const HistoryEntry& entry : config.history) {
    out.begin_object();
    if (entry.created != 0) out.field("created", rfc3339_nano(entry.created));
    if (!entry.created_by.empty()) out.field("created_by", entry.created_by);
    if (!entry.author.empty()) out.field("author", entry.author);
    if (!entry.comment.empty()) out.field("comment", entry.comment);
    if (entry.empty_layer) out.field("empty_layer", true);
    out.end_object();
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace gantry::images
