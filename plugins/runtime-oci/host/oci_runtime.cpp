#include "host/oci_runtime.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "base/child_process.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/json.hpp"

namespace gantry::oci {
namespace {

constexpr std::chrono::seconds kProbeLimit{5};

std::string find_program(const std::string& name) {
  for (const char* directory :
       {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    std::string path = std::string(directory) + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

// "runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1\n…", "crun version 1.8.1\ncommit: f8a0…\n…"
OciRuntimeInfo parse_version(const std::string& path, const std::string& output) {
  OciRuntimeInfo info;
  info.path = path;
  info.name = path.substr(path.rfind('/') + 1);
  const auto after = [&](const std::string& label) -> std::string {
    const std::size_t at = output.find(label);
    if (at == std::string::npos) return {};
    const std::size_t from = at + label.size();
    return output.substr(from, output.find('\n', from) - from);
  };
  info.version = after(" version ");
  info.commit = after("commit: ");
  return info;
}

// What has to be equal for an earlier answer to hold.
std::string identity(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return path + ":" + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec) + ":" + std::to_string(status.st_size);
}

}  // namespace

OciRuntime::OciRuntime(std::string state_dir, std::string configured, const Cgroups& cgroups)
    : cache_(std::move(state_dir) + "/oci-runtime.json"),
      configured_(std::move(configured)),
      cgroups_(cgroups) {}

std::vector<std::string> OciRuntime::candidates() const {
  if (configured_ != "auto") return {configured_};
  std::vector<std::string> found;
  const bool unified = cgroups_.mode() == Cgroups::Mode::unified;
  const auto add = [&](const char* name) {
    if (std::string path = find_program(name); !path.empty()) found.push_back(std::move(path));
  };
  if (unified) add("crun");
  add("runc");
  if (cgroups_.mode() == Cgroups::Mode::legacy) add("crun");
  return found;
}

std::optional<OciRuntimeInfo> OciRuntime::probe(const std::string& path) const {
  const std::string wanted = identity(path);
  if (wanted.empty()) return std::nullopt;
  if (const auto text = find_text(cache_)) {
    try {
      const JsonDocument cached = parse_object(*text, cache_);
      if (text_of(cached, "identity") == wanted)
        return OciRuntimeInfo{text_of(cached, "name"), path, text_of(cached, "version"),
                              text_of(cached, "commit")};
    } catch (const Error&) {
      // A damaged cache is made anew.
    }
  }
  OciRuntimeInfo info;
  try {
    const ChildResult result = run_child({path, "--version"}, kProbeLimit);
    if (result.exit_code != 0) return std::nullopt;
    info = parse_version(path, result.output);
  } catch (const Error&) {
    return std::nullopt;
  }
  rapidjson::StringBuffer buffer;
  JsonWriter out(buffer);
  out.StartObject();
  out.Key("identity"), put(out, wanted);
  out.Key("name"), put(out, info.name);
  out.Key("version"), put(out, info.version);
  out.Key("commit"), put(out, info.commit);
  out.EndObject();
  replace_file(cache_, {buffer.GetString(), buffer.GetSize()});
  return info;
}

const OciRuntimeInfo& OciRuntime::get() const {
  const std::lock_guard lock(mutex_);
  if (chosen_) return *chosen_;
  for (const std::string& path : candidates()) {
    chosen_ = probe(path);
    if (chosen_) return *chosen_;
  }
  if (configured_ != "auto")
    throw Error(GANTRY_UNAVAILABLE, "the configured OCI runtime " + configured_ + " does not work");
  throw Error(GANTRY_UNAVAILABLE,
              cgroups_.mode() == Cgroups::Mode::unified
                  ? "no OCI runtime found: install crun or runc"
                  : "no OCI runtime found: install runc (this host uses cgroup version 1)");
}

}  // namespace gantry::oci
