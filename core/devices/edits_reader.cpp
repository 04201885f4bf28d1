#include "core/devices/edits_reader.hpp"

#include <algorithm>

#include "core/devices/short_text.hpp"
#include "core/devices/spec_fields.hpp"

namespace gantry::devices {
namespace {

std::vector<std::string> read_variables(const json::Node& list) {
  std::vector<std::string> variables = texts_of(list);
  for (const std::string& variable : variables)
    if (const size_t equals = variable.find('='); equals == 0 || equals == std::string::npos)
      list.fail(in_quotes(variable) + " is no variable: NAME=VALUE");
  return variables;
}

char read_type(const json::Node& node) {
  const std::string type = text_of(node);
  if (type.empty()) return 0;
  if (type != "b" && type != "c" && type != "u" && type != "p")
    node.fail(in_quotes(type) + " is no type of a device: b, c, u or p");
  return type.front();
}

std::string read_access(const json::Node& node) {
  const std::string access = text_of(node);
  if (access.empty()) return "rwm";
  if (access == "none") return {};
  if (access.find_first_not_of("rwm") != std::string::npos)
    node.fail(in_quotes(access) + " are no permissions: letters of \"rwm\"");
  return access;
}

/// A negative one would be any number, to the control group.
std::int64_t device_number_of(const json::Node& node) {
  const std::int64_t number = integer_of(node);
  if (number < 0) node.fail("must not be negative");
  return number;
}

Node read_node(const json::Node& object, VersionNeeds& needs) {
  Node node;
  read_fields(object, {{"path", [&](auto& v) { node.path = text_of(v); }},
                       {"hostPath",
                        [&](auto& v) {
                          node.host_path = text_of(v);
                          if (!node.host_path.empty()) needs.at_least("0.5.0");
                        }},
                       {"type", [&](auto& v) { node.type = read_type(v); }},
                       {"major", [&](auto& v) { node.major = device_number_of(v); }},
                       {"minor", [&](auto& v) { node.minor = device_number_of(v); }},
                       {"fileMode", [&](auto& v) { node.mode = unsigned_of(v) & 07777; }},
                       {"permissions", [&](auto& v) { node.access = read_access(v); }},
                       {"uid", [&](auto& v) { node.uid = unsigned_of(v); }},
                       {"gid", [&](auto& v) { node.gid = unsigned_of(v); }}});
  if (node.path.empty()) object.fail("has no path");
  if (node.host_path.empty()) node.host_path = node.path;
  return node;
}

Mount read_mount(const json::Node& object, VersionNeeds& needs) {
  Mount mount;
  read_fields(object, {{"hostPath", [&](auto& v) { mount.host_path = text_of(v); }},
                       {"containerPath", [&](auto& v) { mount.container_path = text_of(v); }},
                       {"options", [&](auto& v) { mount.options = texts_of(v); }},
                       {"type", [&](auto& v) {
                          mount.type = text_of(v);
                          if (!mount.type.empty()) needs.at_least("0.4.0");
                        }}});
  if (mount.host_path.empty()) object.fail("has no hostPath");
  if (mount.container_path.empty()) object.fail("has no containerPath");
  if (mount.type == "image") object.fail("an image is nothing that a device mounts");
  return mount;
}

Hook read_hook(const json::Node& object) {
  Hook hook;
  read_fields(object, {{"hookName", [&](auto& v) { hook.stage = text_of(v); }},
                       {"path", [&](auto& v) { hook.path = text_of(v); }},
                       {"args", [&](auto& v) { hook.args = texts_of(v); }},
                       {"env", [&](auto& v) { hook.env = read_variables(v); }},
                       {"timeout", [&](auto& v) { hook.timeout_seconds = integer_of(v); }}});
  constexpr std::string_view kStages[] = {"prestart",       "createRuntime", "createContainer",
                                          "startContainer", "poststart",     "poststop"};
  if (std::find(std::begin(kStages), std::end(kStages), hook.stage) == std::end(kStages))
    object.fail(in_quotes(hook.stage) + " is no hookName");
  if (hook.path.empty()) object.fail("has no path");
  return hook;
}

/// It names a directory of the kernel's.
std::string read_clos_id(const json::Node& node) {
  constexpr size_t kMaxName = 255;
  const std::string id = text_of(node);
  if (id == "." || id == ".." || id.size() > kMaxName ||
      id.find_first_of("/\n") != std::string::npos)
    node.fail(in_quotes(id) + " is no name of a class");
  return id;
}

IntelRdt read_intel_rdt(const json::Node& object, VersionNeeds& needs) {
  IntelRdt rdt;
  needs.at_least("0.7.0");
  read_fields(object, {{"closID", [&](auto& v) { rdt.clos_id = read_clos_id(v); }},
                       {"l3CacheSchema", [&](auto& v) { rdt.l3_cache_schema = text_of(v); }},
                       {"memBwSchema", [&](auto& v) { rdt.mem_bw_schema = text_of(v); }},
                       {"enableCMT", [&](auto& v) { rdt.enable_cmt = v.boolean(); }},
                       {"enableMBM", [&](auto& v) { rdt.enable_mbm = v.boolean(); }},
                       {"schemata",
                        [&](auto& v) {
                          rdt.schemata = texts_of(v);
                          needs.at_least("1.1.0");
                        }},
                       {"enableMonitoring", [&](auto& v) {
                          rdt.enable_monitoring = v.boolean();
                          needs.at_least("1.1.0");
                        }}});
  return rdt;
}

std::vector<std::uint32_t> read_gids(const json::Node& list, VersionNeeds& needs) {
  std::vector<std::uint32_t> gids;
  list.each_item([&](const json::Node& item) {
    needs.at_least("0.7.0");
    gids.push_back(unsigned_of(item));
  });
  return gids;
}

}  // namespace

Edits read_edits(const json::Node& object, VersionNeeds& needs) {
  Edits edits;
  const auto each = [](auto& list, auto read) {
    return [&list, read](const json::Node& items) {
      items.each_item([&](const json::Node& item) { list.push_back(read(item)); });
    };
  };
  read_fields(
      object,
      {{"env", [&](auto& v) { edits.env = read_variables(v); }},
       {"deviceNodes", each(edits.nodes, [&](const json::Node& v) { return read_node(v, needs); })},
       {"mounts", each(edits.mounts, [&](const json::Node& v) { return read_mount(v, needs); })},
       {"hooks", each(edits.hooks, read_hook)},
       {"additionalGids", [&](auto& v) { edits.gids = read_gids(v, needs); }},
       {"intelRdt", [&](auto& v) { edits.intel_rdt = read_intel_rdt(v, needs); }},
       {"netDevices", [&](const json::Node& v) {
          if (v.size() > 0) v.fail("is not supported: interfaces stay on the host");
        }}});
  return edits;
}

}  // namespace gantry::devices
