#include "core/api/model/container_list_json.hpp"

#include "core/api/model/container_json.hpp"
#include "core/domain/status_text.hpp"

namespace gantry::api {
namespace {

constexpr int kCachedVersion = 48;  // from here on entries look alike

struct Pieces {
  std::string before_image;   // {"Id":…,"Names":[…],"Image":
  std::string config_image;   // the quoted name used at create
  std::string before_sizes;   // ,"ImageID":…,"Ports":[…]
  std::string before_status;  // ,"Labels":…,"State":…,"Status":"
  std::string rest;           // ","HostConfig":…}
};

/// The writer's text without its outer braces, with a comma in front.
std::string members(json::Writer& w) {
  std::string text = w.take();
  text.pop_back();
  text.front() = ',';
  return text;
}

Pieces render(const domain::ContainerRecord& record, int api_minor) {
  Pieces pieces;
  json::Writer w;
  w.begin_object().field("Id", record.id);
  w.field("Names", std::vector<std::string>{record.display_name()}).end_object();
  pieces.before_image = w.take();
  pieces.before_image.pop_back();
  pieces.before_image += ",\"Image\":";
  pieces.config_image = json::quote(record.config.image);

  w.begin_object()
      .field("ImageID", record.image_id)
      .field("Command", domain::command_text(record))
      .field("Created", record.created / 1'000'000'000);
  w.key("Ports");
  write_port_list(w, record);
  w.end_object();
  pieces.before_sizes = members(w);

  w.begin_object()
      .field("Labels", record.config.labels)
      .field("State", domain::to_string(record.state.status))
      .end_object();
  pieces.before_status = members(w) + ",\"Status\":\"";

  w.begin_object();
  w.key("HostConfig").begin_object().field("NetworkMode", record.host_config.network_mode);
  const auto document = record.host_config.document();
  if (const json::Node annotations = document.root()["Annotations"];
      annotations.size() > 0 && api_minor >= 46)
    w.key("Annotations").raw(annotations.raw());
  w.end_object();
  w.key("NetworkSettings").begin_object().key("Networks");
  write_endpoints(w, record, api_minor);
  w.end_object();
  w.key("Mounts");
  write_mounts(w, record);
  w.end_object();
  pieces.rest.append("\"").append(members(w)).append("}");
  return pieces;
}

void append(std::string& out, const Pieces& pieces, const domain::ContainerRecord& record,
            const std::string& image, UnixNanos now,
            const std::optional<services::ContainerUsage>& usage) {
  out += pieces.before_image;
  if (image == record.config.image) {
    out += pieces.config_image;
  } else {
    out += json::quote(image);
  }
  out += pieces.before_sizes;
  if (usage) {
    // Go's omitempty: a container that wrote nothing has no SizeRw.
    if (usage->rw > 0) out += ",\"SizeRw\":" + std::to_string(usage->rw);
    if (usage->total > 0) out += ",\"SizeRootFs\":" + std::to_string(usage->total);
  }
  out += pieces.before_status;
  out += domain::status_text(record.state, now);  // letters, digits, blanks and brackets only
  out += pieces.rest;
}

}  // namespace

void append_list_entry(std::string& out, const state::ContainerSnapshot& container,
                       const std::string& image, int api_minor, UnixNanos now,
                       const std::optional<services::ContainerUsage>& usage) {
  if (api_minor < kCachedVersion)
    return append(out, render(container.record, api_minor), container.record, image, now, usage);
  const Pieces& pieces = container.derived<Pieces>(
      [](const domain::ContainerRecord& record) { return render(record, kCachedVersion); });
  append(out, pieces, container.record, image, now, usage);
}

}  // namespace gantry::api
