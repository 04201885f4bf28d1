#include "core/devices/cdi_spec_reader.hpp"

#include <set>

#include "core/base/error.hpp"
#include "core/devices/cdi_name.hpp"
#include "core/devices/edits_reader.hpp"
#include "core/devices/short_text.hpp"
#include "core/devices/spec_fields.hpp"
#include "core/devices/yaml_json.hpp"

namespace gantry::devices {
namespace {

/// They are for people: read, so that their form is right, and forgotten.
void read_annotations(const json::Node& object, VersionNeeds& needs) {
  object.each_member([&](std::string_view, const json::Node& value) {
    (void)text_of(value);
    needs.at_least("0.6.0");
  });
}

Device read_device(const json::Node& object, VersionNeeds& needs) {
  Device device;
  read_fields(object, {{"name", [&](auto& v) { device.name = text_of(v); }},
                       {"annotations", [&](auto& v) { read_annotations(v, needs); }},
                       {"containerEdits", [&](auto& v) { device.edits = read_edits(v, needs); }}});
  if (!is_device_name(device.name)) object.fail(in_quotes(device.name) + " is no name of a device");
  if (device.name.front() >= '0' && device.name.front() <= '9') needs.at_least("0.5.0");
  if (device.edits.empty()) object.fail("its containerEdits change nothing");
  return device;
}

std::vector<Device> read_devices(const json::Node& list, VersionNeeds& needs) {
  std::vector<Device> devices;
  std::set<std::string> names;
  list.each_item([&](const json::Node& item) {
    devices.push_back(read_device(item, needs));
    if (!names.insert(devices.back().name).second)
      item.fail(in_quotes(devices.back().name) + " is there twice");
  });
  return devices;
}

}  // namespace

json::Document spec_document(const std::string& text, SpecFormat format) {
  return json::Document::parse(format == SpecFormat::yaml ? yaml_to_json(text) : text);
}

CdiSpec read_cdi_spec(const json::Node& root) {
  if (!root.is_object()) throw Error(Errc::invalid, "there is no specification in it");
  CdiSpec spec;
  std::string version;
  VersionNeeds needs;
  read_fields(root, {{"cdiVersion", [&](auto& v) { version = text_of(v); }},
                     {"kind", [&](auto& v) { spec.kind = text_of(v); }},
                     {"annotations", [&](auto& v) { read_annotations(v, needs); }},
                     {"devices", [&](auto& v) { spec.devices = read_devices(v, needs); }},
                     {"containerEdits", [&](auto& v) { spec.edits = read_edits(v, needs); }}});
  if (!is_kind(spec.kind))
    throw Error(Errc::invalid,
                "kind: " + in_quotes(spec.kind) + " is no vendor and class of devices");
  if (spec.kind.find('.', spec.kind.find('/')) != std::string::npos) needs.at_least("0.6.0");
  needs.check(version);
  if (spec.devices.empty()) throw Error(Errc::invalid, "devices: there are none");
  return spec;
}

std::string kind_of_spec(const json::Node& root) {
  try {
    return root["kind"].str();
  } catch (const Error&) {
    return {};
  }
}

}  // namespace gantry::devices
