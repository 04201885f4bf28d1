#include "core/api/posted_build.hpp"

#include <functional>
#include <string_view>
#include <utility>

#include "core/api/build_query.hpp"
#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/images/platform.hpp"

namespace gantry::api {
namespace {

using buildkit::PostedBuild;
using Context = PostedBuild::Context;

constexpr std::string_view kUpload = "upload-request:";

/// Reads a parameter that is JSON; what is wrong in it is told with its name.
void read_json(const http::Query& query, const char* name,
               const std::function<void(json::Node)>& read) {
  const auto document = json_parameter(query, name);
  try {
    if (document.root()) read(document.root());
  } catch (const Error& error) {
    throw Error(error.code(), std::string(name) + ": " + error.what());
  }
}

class Reader {
 public:
  explicit Reader(const http::Query& query) : query_(query) {}
  PostedBuild read();

 private:
  void read_context();
  void read_words();
  void read_limits();
  void read_ulimits();
  void read_hosts();
  void read_network();
  void read_output();
  void put_text(const char* name, const char* attribute);
  /// Zero is what clients send for none.
  void put_number(const char* name, const char* attribute);

  const http::Query& query_;
  PostedBuild result_;
};

void Reader::put_text(const char* name, const char* attribute) {
  if (std::string value = query_.get(name); !value.empty())
    result_.attributes[attribute] = std::move(value);
}

void Reader::put_number(const char* name, const char* attribute) {
  if (const auto value = query_.integer(name); value && *value != 0)
    result_.attributes[attribute] = std::to_string(*value);
}

void Reader::read_context() {
  const std::string remote = query_.get("remote");
  result_.context = remote.empty()               ? Context::body
                    : remote == "client-session" ? Context::session
                    : remote == "upload-request" ? Context::upload
                                                 : Context::url;
  if (result_.context == Context::session && result_.session.empty())
    invalid("session: the context is to come from one, and none is given");
  if (result_.context == Context::upload && result_.id.empty())
    invalid("buildid: the context is to come by another request, and no id is given");
  if (result_.context == Context::url) result_.attributes["context"] = remote;
}

void Reader::read_words() {
  buildkit::Attributes& attributes = result_.attributes;
  put_text("target", "target");
  if (const std::string file = query_.get("dockerfile"); !file.empty() && file != ".")
    attributes["filename"] = file;
  if (const std::string platform = query_.get("platform"); !platform.empty()) {
    images::parse_platform(platform);
    attributes["platform"] = platform;
  }
  if (query_.boolean("nocache")) attributes["no-cache"] = "";
  attributes["image-resolve-mode"] = query_.boolean("pull") ? "pull" : "default";
  read_json(query_, "buildargs", [&](json::Node root) {
    root.each_member([&](std::string_view name, json::Node value) {
      // Without a value it is as if it had not been given.
      if (const auto text = value.find_str()) attributes["build-arg:" + std::string(name)] = *text;
    });
  });
  read_json(query_, "labels", [&](json::Node root) {
    for (const auto& [name, value] : root.string_map()) attributes["label:" + name] = value;
  });
  read_json(query_, "cachefrom",
            [&](json::Node root) { attributes["cache-from"] = text::join(root.strings(), ","); });
}

void Reader::read_ulimits() {
  read_json(query_, "ulimits", [&](json::Node root) {
    std::string all;
    root.each_item([&](json::Node limit) {
      const std::string name = limit["Name"].str();
      if (name.empty() || name.find_first_of("=,") != std::string::npos)
        limit.fail("\"" + name + "\" is the name of no limit");
      all += (all.empty() ? "" : ",") + name + "=" + std::to_string(limit["Soft"].i64()) + ":" +
             std::to_string(limit["Hard"].i64());
    });
    if (!all.empty()) result_.attributes["ulimit"] = all;
  });
}

void Reader::read_limits() {
  put_number("shmsize", "shm-size");
  put_number("memory", "memory");
  put_number("memswap", "memswap");
  put_number("cpushares", "cpushares");
  put_number("cpuperiod", "cpuperiod");
  put_number("cpuquota", "cpuquota");
  put_text("cpusetcpus", "cpusetcpus");
  put_text("cpusetmems", "cpusetmems");
  put_text("cgroupparent", "cgroup-parent");
  read_ulimits();
}

/// "name:address", which the frontend takes as a list of "name=address".
void Reader::read_hosts() {
  std::string all;
  for (std::string host : query_.all("extrahosts")) {
    const std::size_t colon = host.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == host.size() ||
        host.find_first_of("=,") != std::string::npos)
      invalid("extrahosts: invalid host " + host);
    host[colon] = '=';
    all += (all.empty() ? "" : ",") + host;
  }
  if (!all.empty()) result_.attributes["add-hosts"] = all;
}

void Reader::read_network() {
  const std::string mode = query_.get("networkmode");
  if (mode.empty() || mode == "default") return;
  if (mode != "host" && mode != "none")
    invalid("networkmode: network mode \"" + mode + "\" not supported by buildkit");
  result_.attributes["force-network-mode"] = mode;
  result_.host_network = mode == "host";
}

void Reader::read_output() {
  result_.names = image_names(query_);
  read_json(query_, "outputs", [&](json::Node root) {
    if (root.size() > 1) invalid("multiple outputs not supported");
    root.each_item([&](json::Node output) {
      result_.exporter = output["Type"].str();
      if (result_.exporter.empty()) output.fail("Type is missing");
      result_.exporter_attributes = output["Attrs"].string_map();
    });
  });
  result_.exporter_attributes.erase("dest");  // the client's own business
  if (result_.exporter == "cacheonly") result_.exporter.clear();
  if (result_.exporter != "moby" && result_.exporter != "image") {
    result_.names.clear();
    return;
  }
  std::string names;
  for (const images::Reference& name : result_.names)
    names += (names.empty() ? "" : ",") + name.str();
  if (!names.empty()) result_.exporter_attributes["name"] = names;
}

PostedBuild Reader::read() {
  refuse_options(query_);
  result_.id = query_.get("buildid");
  result_.session = query_.get("session");
  result_.quiet = query_.boolean("q");
  read_context();
  read_words();
  read_limits();
  read_hosts();
  read_network();
  read_output();
  return std::move(result_);
}

}  // namespace

std::string upload_id(const http::Query& query) {
  const std::string id = query.get("buildid");
  if (!id.starts_with(kUpload)) return {};
  if (id.size() == kUpload.size()) invalid("buildid: \"" + id + "\" names no build");
  return id.substr(kUpload.size());
}

buildkit::PostedBuild read_posted_build(const http::Query& query) { return Reader(query).read(); }

}  // namespace gantry::api
