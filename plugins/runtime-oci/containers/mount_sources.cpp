#include "containers/mount_sources.hpp"

#include <limits.h>
#include <stdlib.h>

#include <memory>
#include <optional>
#include <sstream>

#include "base/error.hpp"
#include "base/file.hpp"
#include "protocol/wire.hpp"

namespace gantry::oci {
namespace {

struct HostMount {
  std::string point;
  bool shared = false, slave = false;
};

/// \040 and the like of mountinfo (proc(5)).
std::string unescaped(const std::string& field) {
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 3 < field.size()) {
      text += static_cast<char>(std::stoi(field.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      text += field[i];
    }
  }
  return text;
}

/// The mount that shows `path`: the last of the longest mount points above it.
HostMount mount_of(const std::string& path) {
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), ::free);
  const std::string resolved = real ? real.get() : path;
  HostMount best;
  std::istringstream lines(find_text("/proc/self/mountinfo").value_or(""));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string field;
    for (int i = 0; i < 5; ++i) fields >> field;
    HostMount mount;
    mount.point = unescaped(field);
    const bool above =
        mount.point == "/" || resolved == mount.point || resolved.starts_with(mount.point + "/");
    if (!above || mount.point.size() < best.point.size()) continue;
    fields >> field;  // options
    while (fields >> field && field != "-") {
      mount.shared = mount.shared || field.starts_with("shared:");
      mount.slave = mount.slave || field.starts_with("master:");
    }
    best = mount;
  }
  return best;
}

void check_propagation(const std::string& path, bool shared) {
  const HostMount mount = mount_of(path);
  if (mount.shared || (!shared && mount.slave)) return;
  throw Error(GANTRY_INVALID, "path " + path + " is mounted on " + mount.point +
                                  " but it is not a shared" + (shared ? "" : " or slave") +
                                  " mount");
}

/// nullopt: as good as any other bind.
std::optional<MountSource> find_bind_source(const Json& mount, const std::string& below) {
  MountSource source{MountSource::Kind::bind, text_of(mount, "source"), below};
  bool shared = false, slave = false;
  if (text_of(mount, "type") == "bind")
    for (const std::string& option : texts_of(mount, "options")) {
      shared = shared || option == "shared" || option == "rshared";
      slave = slave || option == "slave" || option == "rslave";
    }
  if (shared || slave) check_propagation(source.path, shared);
  if (shared) source.kind = MountSource::Kind::shared;
  if (!shared && below.empty()) return std::nullopt;  // our mounts are the host's slaves
  return source;
}

void set_text(JsonDocument& spec, Json& mount, const char* key, const std::string& text) {
  mount.RemoveMember(key);
  mount.AddMember(rapidjson::StringRef(key), copy_text(text, spec.GetAllocator()),
                  spec.GetAllocator());
}

}  // namespace

std::vector<MountSource> take_mount_sources(JsonDocument& spec, const std::string& bundle,
                                            const ImageData& image_data) {
  std::vector<MountSource> sources;
  Json* mounts = find_member(spec, "mounts");
  if (mounts == nullptr || !mounts->IsArray()) return sources;
  for (Json& mount : mounts->GetArray()) {
    if (!mount.IsObject()) continue;
    const std::string below = text_of(mount, kSubpath);
    mount.RemoveMember(kSubpath);
    std::optional<MountSource> source;
    if (text_of(mount, "type") == "image") {
      source = {MountSource::Kind::image, image_data(text_of(mount, "source")), below};
      set_text(spec, mount, "type", "bind");
    } else {
      source = find_bind_source(mount, below);
    }
    if (!source) continue;
    const std::string place =
        bundle + "/" + shim::kMountsName + "/" + std::to_string(sources.size());
    set_text(spec, mount, "source", place);
    sources.push_back(std::move(*source));
  }
  return sources;
}

}  // namespace gantry::oci
