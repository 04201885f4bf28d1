#include "core/buildkit/solve_attributes.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/build/context_name.hpp"
#include "core/build/parser_directives.hpp"
#include "core/buildkit/questions.hpp"
#include "core/buildkit/timestamp.hpp"
#include "core/images/platform.hpp"
#include "core/json/reader.hpp"
#include "core/json/writer.hpp"

namespace gantry::buildkit {
namespace {

constexpr std::string_view kNamedImage = "docker-image://", kLocal = "local:", kInput = "input:";

constexpr std::string_view kChecks = "build-arg:BUILDKIT_DOCKERFILE_CHECK";

// Told by clients for records that are not kept here, or for a cache that is found without it.
constexpr std::string_view kLeftOut[] = {
    "sharedkey:", "vcs:", "input-metadata:", "input:", "cmdline"};

std::string after(const std::string& text, std::string_view prefix) {
  return text.substr(prefix.size());
}

bool is_on(const std::string& value) {
  return value == "1" || value == "true" || value == "t" || value == "TRUE" || value == "True" ||
         value == "T";
}

std::int64_t number(const std::string& key, const std::string& value) {
  const auto result = text::to_int(value);
  if (!result) throw Error(Errc::invalid, key + ": \"" + value + "\" is no number");
  return *result;
}

UnixNanos time_of(const std::string& key, const std::string& seconds) {
  constexpr std::int64_t kMax = std::numeric_limits<UnixNanos>::max() / kSecond;
  const std::int64_t value = number(key, seconds);
  if (value > kMax || value < -kMax)
    throw Error(Errc::invalid, key + ": " + seconds + " is out of range");
  return value * kSecond;
}

void check_capabilities(const std::string& list) {
  for (const std::string& name : text::split(list, ','))
    if (!name.empty() && !name.starts_with("moby.buildkit.frontend.contexts") &&
        !name.starts_with("moby.buildkit.frontend.subrequests") &&
        !name.starts_with("moby.buildkit.frontend.gitquerystring"))
      unsupported("frontend.caps: " + name + " is not supported");
}

/// "nofile=1024:2048,core=0"
void write_ulimits(json::Writer& out, const std::string& list) {
  out.key("Ulimits").begin_array();
  for (const std::string& item : text::split(list, ',')) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos) throw Error(Errc::invalid, "ulimit: \"" + item + "\"");
    const std::string limits = item.substr(equals + 1);
    const std::size_t colon = limits.find(':');
    const std::int64_t soft = number("ulimit", limits.substr(0, colon));
    const std::int64_t hard =
        colon == std::string::npos ? soft : number("ulimit", limits.substr(colon + 1));
    out.begin_object()
        .field("Name", item.substr(0, equals))
        .field("Soft", soft)
        .field("Hard", hard);
    out.end_object();
  }
  out.end_array();
}

/// "name=ip,other=ip"
void write_hosts(json::Writer& out, const std::string& list) {
  out.key("ExtraHosts").begin_array();
  for (std::string item : text::split(list, ',')) {
    const std::size_t equals = item.find('=');
    if (equals == std::string::npos) throw Error(Errc::invalid, "add-hosts: \"" + item + "\"");
    item[equals] = ':';
    out.str(item);
  }
  out.end_array();
}

class Reader {
 public:
  Reader(const Attributes& attributes, const Inputs& inputs)
      : attributes_(attributes), inputs_(inputs) {}

  SolveAttributes read();

 private:
  void read_one(const std::string& key, const std::string& value);
  bool read_prefixed(const std::string& key, const std::string& value);
  void read_context(const std::string& name, const std::string& value);
  void read_input(const std::string& name, const GraphSource& source);
  void read_context_input();
  void read_limit(const std::string& key, const std::string& value);
  void read_cache_imports(const std::string& value);
  static bool is_limit(const std::string& key);

  const Attributes& attributes_;
  const Inputs& inputs_;
  SolveAttributes result_;
  json::Writer host_;
};

// With "::linux/amd64" a name is for that platform alone.
void Reader::read_context(const std::string& key, const std::string& value) {
  const std::size_t platform = key.find("::");
  const std::string name = build::context_name(key.substr(0, platform));
  if (platform != std::string::npos &&
      !images::platform_runs(images::normalised(images::host_platform()),
                             images::normalised(images::parse_platform(key.substr(platform + 2)))))
    return;
  // What is for a platform comes last, and takes the place of what is for all.
  result_.request.named_images.erase(name);
  result_.named_directories.erase(name);
  result_.named_remotes.erase(name);
  if (value.starts_with(kNamedImage)) {
    result_.request.named_images[name] = after(value, kNamedImage);
  } else if (value.starts_with(kLocal)) {
    result_.named_directories[name] = after(value, kLocal);
    const auto shared = attributes_.find("sharedkey:localdir:" + key);
    if (shared != attributes_.end()) result_.shared_keys[name] = shared->second;
  } else if (value.starts_with(kInput)) {
    const auto found = inputs_.find(after(value, kInput));
    if (found == inputs_.end()) throw Error(Errc::invalid, "context " + name + ": no " + value);
    read_input(name, found->second);
  } else if (auto remote = services::find_remote(value)) {
    result_.named_remotes[name] = std::move(*remote);
  } else {
    unsupported("context " + name + ": " + value + " is not supported");
  }
}

void Reader::read_input(const std::string& name, const GraphSource& source) {
  if (source.remote)
    result_.named_remotes[name] = *source.remote;
  else
    result_.request.named_images[name] = source.image;
}

// A client may say by a graph where the context is, with the Dockerfile in it.
void Reader::read_context_input() {
  const auto context = inputs_.find("context");
  if (context == inputs_.end() || attributes_.contains("context")) return;
  if (!context->second.remote) unsupported("an image as the context");
  result_.request.repository = context->second.remote->repository;
  result_.context_url = context->second.remote->url;
}

bool Reader::is_limit(const std::string& key) {
  constexpr std::string_view kLimits[] = {"shm-size",      "memory",   "memswap",    "cpushares",
                                          "cpuperiod",     "cpuquota", "cpusetcpus", "cpusetmems",
                                          "cgroup-parent", "ulimit",   "add-hosts"};
  return std::find(std::begin(kLimits), std::end(kLimits), key) != std::end(kLimits);
}

void Reader::read_limit(const std::string& key, const std::string& value) {
  if (key == "shm-size") host_.field("ShmSize", number(key, value));
  if (key == "memory") host_.field("Memory", number(key, value));
  if (key == "memswap") host_.field("MemorySwap", number(key, value));
  if (key == "cpushares") host_.field("CpuShares", number(key, value));
  if (key == "cpuperiod") host_.field("CpuPeriod", number(key, value));
  if (key == "cpuquota") host_.field("CpuQuota", number(key, value));
  if (key == "cpusetcpus") host_.field("CpusetCpus", value);
  if (key == "cpusetmems") host_.field("CpusetMems", value);
  if (key == "cgroup-parent") host_.field("CgroupParent", value);
  if (key == "ulimit" && !value.empty()) write_ulimits(host_, value);
  if (key == "add-hosts" && !value.empty()) write_hosts(host_, value);
}

bool Reader::read_prefixed(const std::string& key, const std::string& value) {
  const auto is = [&](std::string_view prefix) { return key.starts_with(prefix); };
  if (key == kChecks)
    result_.request.checks = value;
  else if (is("build-arg:"))
    result_.request.arguments[after(key, "build-arg:")] = value;
  else if (is("label:"))
    result_.request.labels[after(key, "label:")] = value;
  else if (is("context:"))
    read_context(after(key, "context:"), value);
  else if (is("local-sessionid:"))
    result_.sessions[after(key, "local-sessionid:")] = value;
  else if (is("attest:"))
    unsupported(key + ": attestations are not supported");
  else
    return std::any_of(std::begin(kLeftOut), std::end(kLeftOut), is);
  return true;
}

/// [{"Type":"registry","Attrs":{"ref":"name"}}]
void Reader::read_cache_imports(const std::string& value) {
  const auto document = json::Document::parse(value);
  document.root().each_item([&](json::Node entry) {
    const std::string type = entry["Type"].str();
    if (type == "registry") result_.request.cache_from.push_back(entry["Attrs"]["ref"].str());
    // What a cache of another kind would give is built instead.
  });
}

void Reader::read_one(const std::string& key, const std::string& value) {
  if (read_prefixed(key, value)) return;
  if (is_limit(key)) return read_limit(key, value);
  services::BuildRequest& request = result_.request;
  if (key == "filename") {
    result_.filename = value;
  } else if (key == "target") {
    request.target = value;
  } else if (key == "platform") {
    if (value.find(',') != std::string::npos)
      unsupported("platform: one build is for one platform here");
    if (!value.empty()) request.platform = images::parse_platform(value);
  } else if (key == "no-cache") {
    for (const std::string& stage : text::split(value, ','))
      if (!stage.empty()) request.uncached_stages.push_back(text::lower(stage));
    request.use_cache = !request.uncached_stages.empty();
  } else if (key == "image-resolve-mode") {
    if (!value.empty() && value != "default" && value != "pull" && value != "local")
      throw Error(Errc::invalid, "invalid image-resolve-mode: " + value);
    request.pull = value == "pull";
  } else if (key == "force-network-mode") {
    request.network_mode = value;
  } else if (key == "contextkey") {
    result_.context = value;
  } else if (key == "dockerfilekey") {
    result_.dockerfile = value;
    result_.has_dockerfile = true;
  } else if (key == "context") {
    if (value.starts_with(kLocal))
      result_.context = after(value, kLocal);
    else
      result_.context_url = value;
  } else if (key == "cache-imports") {
    read_cache_imports(value);
  } else if (key == "cache-from") {
    for (std::string& name : text::split(value, ','))
      if (!name.empty()) request.cache_from.push_back(std::move(name));
  } else if (key == "source") {
    build::check_syntax(value);
  } else if (key == "frontend.caps") {
    check_capabilities(value);
  } else if (key == "requestid") {
    if (!is_question(value)) unsupported("unsupported request " + value);
    result_.question = value;
  } else if (key == "multi-platform") {
    if (is_on(value)) unsupported("multi-platform: an image is for one platform here");
  } else if (!value.empty()) {
    unsupported(key + " is not supported");
  }
}

SolveAttributes Reader::read() {
  host_.begin_object();
  for (const auto& [key, value] : attributes_) read_one(key, value);
  host_.end_object();
  read_context_input();
  result_.request.host_config = host_.take();
  result_.request.dockerfile = result_.filename;
  const auto epoch = attributes_.find("build-arg:SOURCE_DATE_EPOCH");
  if (epoch != attributes_.end() && !epoch->second.empty())
    result_.request.created = time_of("SOURCE_DATE_EPOCH", epoch->second);
  result_.request.buildkit_rules = result_.request.pull_caches = true;
  result_.request.force_remove = true;  // nobody is told of the container of a step that fails
  return std::move(result_);
}

}  // namespace

SolveAttributes read_attributes(const std::string& frontend, const Attributes& attributes,
                                const Inputs& inputs) {
  if (frontend != "dockerfile.v0" && frontend != "gateway.v0")
    unsupported("frontend " + frontend + " is not supported");
  if (frontend == "gateway.v0" && !attributes.contains("source"))
    throw Error(Errc::invalid, "no source was given for frontend gateway.v0");
  return Reader(attributes, inputs).read();
}

}  // namespace gantry::buildkit
