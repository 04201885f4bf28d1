#include "core/domain/older_host_config.hpp"

#include <functional>

#include "core/base/text.hpp"
#include "core/json/writer.hpp"

namespace gantry::domain {
namespace {

/// Whether it has written the member itself, or wants it left out. The name is in lower case.
using Change = std::function<bool(const std::string& name, std::string_view key, json::Node)>;

void copy_members(const json::Node& object, json::Writer& out, const Change& change) {
  out.begin_object();
  object.each_member([&](std::string_view key, json::Node value) {
    if (!change(text::lower(key), key, value)) out.key(key).raw(value.raw());
  });
  out.end_object();
}

void write_bind_options(const json::Node& options, int api_minor, json::Writer& out) {
  copy_members(options, out, [&](const std::string& name, std::string_view, const json::Node&) {
    return (name == "createmountpoint" && api_minor < 42) ||
           (name == "nonrecursive" && api_minor < 40);
  });
}

// Options of another type were not looked at, but for those of binds.
void write_mount(const json::Node& mount, int api_minor, json::Writer& out) {
  if (!mount.is_object()) return void(out.raw(mount.raw()));
  const std::string type = mount["Type"].str();
  copy_members(mount, out, [&](const std::string& name, std::string_view key, json::Node value) {
    if (name == "volumeoptions" && type != "volume") return true;
    if (name == "tmpfsoptions" && type != "tmpfs") return true;
    if (name != "bindoptions" || !value.is_object()) return false;
    out.key(key);
    write_bind_options(value, api_minor, out);
    return true;
  });
}

}  // namespace

json::Document older_host_config(const json::Node& body, int api_minor) {
  const json::Node hc = body["HostConfig"];
  json::Writer out;
  out.begin_object().key("HostConfig");
  if (!hc.is_object()) {
    out.raw(hc.raw());
  } else {
    copy_members(hc, out, [&](const std::string& name, std::string_view key, json::Node value) {
      if (name == "autoremove") return api_minor < 25;
      if (name == "annotations") return api_minor < 43;
      if (name == "consolesize") return api_minor < 42;
      if (name != "mounts" || api_minor >= 42 || !value.is_array()) return false;
      out.key(key).begin_array();
      value.each_item([&](const json::Node& mount) { write_mount(mount, api_minor, out); });
      out.end_array();
      return true;
    });
  }
  out.end_object();
  return json::Document::parse(out.take());
}

}  // namespace gantry::domain
