#include "core/domain/mount_request.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "core/base/error.hpp"
#include "core/base/text.hpp"
#include "core/domain/tmpfs_options.hpp"
#include "core/domain/volume.hpp"

namespace gantry::domain {
namespace {

constexpr size_t kPathBytes = 4096;  // the kernel's PATH_MAX

bool is_propagation(std::string_view word) {
  for (const char* known : {"shared", "rshared", "slave", "rslave", "private", "rprivate"})
    if (word == known) return true;
  return false;
}

/// The comma list behind the second colon of a bind.
void apply_mode(MountPoint& mount, const std::string& mode, const std::string& spec) {
  int access = 0, label = 0, propagation = 0;
  for (const std::string& word : text::split(mode, ',')) {
    if (word == "ro" || word == "rw") {
      mount.read_write = word == "rw";
      ++access;
    } else if (word == "z" || word == "Z") {
      ++label;
    } else if (is_propagation(word) && mount.type == "bind") {
      mount.propagation = word;
      ++propagation;
    } else if (is_propagation(word) && mount.type == "volume") {
      invalid("invalid volume specification: '" + spec +
              "': invalid mount config for type \"volume\": field BindOptions must not be "
              "specified");
    } else if (word == "nocopy" && mount.type == "volume") {
      mount.no_copy = true;
    } else if (word != "consistent" && word != "cached" && word != "delegated") {
      invalid("invalid mode: " + mode);
    }
  }
  if (access > 1 || label > 1 || propagation > 1)
    invalid("invalid volume specification: '" + spec + "': invalid mode: " + mode);
  mount.mode = mode;
}

std::string destination_of(const std::string& target, const std::string& where) {
  if (!target.starts_with("/"))
    invalid(where + ": invalid mount path: '" + target + "' mount path must be absolute");
  if (target.size() >= kPathBytes) invalid(where + ": the mount path is too long");
  std::string path = clean_path(target);
  if (path == "/") invalid(where + ": invalid specification: destination can't be '/'");
  return path;
}

std::string tmpfs_options(const json::Node& options, bool read_only) {
  std::string text = read_only ? "ro" : "";
  const auto add = [&](const std::string& option) { text += (text.empty() ? "" : ",") + option; };
  if (const auto size = options["SizeBytes"].i64(); size > 0)
    add("size=" + std::to_string(size));
  else if (size < 0)
    options["SizeBytes"].fail("cannot be negative");
  if (const auto mode = options["Mode"].i64(); mode > 0) {
    char octal[32];
    std::snprintf(octal, sizeof octal, "mode=%llo", static_cast<unsigned long long>(mode));
    add(octal);
  } else if (mode < 0) {
    options["Mode"].fail("cannot be negative");
  }
  options["Options"].each_item([&](json::Node pair) {
    const auto words = pair.strings();
    if (words.empty() || words.size() > 2) pair.fail("must hold a key and at most one value");
    const std::string option = text::join(words, "=");
    if (!is_tmpfs_option(option)) pair.fail("invalid tmpfs option \"" + option + "\"");
    add(option);
  });
  return text;
}

void check_read_only(const MountPoint& mount) {
  const auto conflict = [](const char* what) {
    invalid(std::string("mount options conflict: ") + what);
  };
  if (mount.read_write && mount.read_only_non_recursive)
    conflict("!ReadOnly && BindOptions.ReadOnlyNonRecursive");
  if (mount.read_write && mount.read_only_force_recursive)
    conflict("!ReadOnly && BindOptions.ReadOnlyForceRecursive");
  if (mount.read_only_non_recursive && mount.read_only_force_recursive)
    conflict("ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive");
}

/// As written: links are another matter, and looked at when it is mounted.
bool is_inside(const std::string& path) {
  if (path.starts_with("/") || path.find('\0') != std::string::npos) return false;
  const std::string normal = std::filesystem::path(path).lexically_normal().string();
  return normal != ".." && !normal.starts_with("../");
}

void parse_image(const json::Node& node, const std::string& where, int api_minor,
                 MountPoint& mount) {
  if (api_minor < 48) invalid("Mount type \"Image\" needs API v1.48 or newer");
  mount.name = node["Source"].str();
  if (mount.name.empty()) invalid(where + ": field Source must not be empty");
  mount.read_write = false;
  mount.subpath = node["ImageOptions"]["Subpath"].str();
  if (!mount.subpath.empty() && !is_inside(mount.subpath))
    invalid(where + ": subpath must be a relative path within the volume");
}

MountPoint parse_mount(const json::Node& node, int api_minor) {
  MountPoint mount;
  mount.from_mounts = true;
  mount.type = node["Type"].str();
  const std::string where = "invalid mount config for type \"" + mount.type + "\"";
  if (mount.type != "bind" && mount.type != "volume" && mount.type != "tmpfs" &&
      mount.type != "image") {
    if (mount.type == "npipe" || mount.type == "cluster")
      throw Error(Errc::unsupported, "HostConfig.Mounts: mount type \"" + mount.type +
                                         "\" is not supported by this engine");
    invalid(where + ": mount type unknown");
  }
  const json::Node bind = node["BindOptions"], volume = node["VolumeOptions"],
                   tmpfs = node["TmpfsOptions"], image = node["ImageOptions"];
  const auto refuse = [&](const json::Node& options, const char* name, const char* type) {
    if (options && mount.type != type)
      invalid(std::string(name) + " must not be specified on mount type \"" + mount.type + "\"");
  };
  refuse(volume, "VolumeOptions", "volume");
  refuse(bind, "BindOptions", "bind");
  refuse(tmpfs, "TmpfsOptions", "tmpfs");
  const std::string target = node["Target"].str();
  if (target.empty()) invalid(where + ": field Target must not be empty");
  mount.destination = destination_of(target, where);
  if (image && mount.type != "image") invalid(where + ": field ImageOptions must not be specified");
  mount.read_write = !node["ReadOnly"].boolean();
  const std::string source = node["Source"].str();
  if (mount.type == "bind") {
    if (source.empty()) invalid(where + ": field Source must not be empty");
    if (!source.starts_with("/"))
      invalid(where + ": invalid mount path: '" + source + "' mount path must be absolute");
    mount.source = clean_path(source);
    mount.propagation = bind["Propagation"].str();
    if (!mount.propagation.empty() && !is_propagation(mount.propagation))
      invalid(where + ": invalid propagation mode: " + mount.propagation);
    mount.non_recursive = bind["NonRecursive"].boolean();
    mount.read_only_force_recursive = bind["ReadOnlyForceRecursive"].boolean();
    if (mount.read_only_force_recursive && api_minor < 44)
      invalid("BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
    mount.create_source = bind["CreateMountpoint"].boolean();
    // Asked for or not, it was the behaviour of older versions.
    mount.read_only_non_recursive = bind["ReadOnlyNonRecursive"].boolean() && api_minor >= 44;
    check_read_only(mount);
  } else if (mount.type == "volume") {
    mount.name = source;
    mount.anonymous = source.empty();
    // Empty: whatever the volume has, or the default.
    mount.driver = volume["DriverConfig"]["Name"].str();
    if (!source.empty()) check_volume_name(source, mount.driver);
    mount.no_copy = volume["NoCopy"].boolean();
    mount.subpath = volume["Subpath"].str();
    if (mount.anonymous && !mount.read_write)
      invalid(where + ": must not set ReadOnly mode when using anonymous volumes");
    if (mount.anonymous && !mount.subpath.empty())
      invalid(where + ": must not set Subpath when using anonymous volumes");
    if (!mount.subpath.empty() && !is_inside(mount.subpath))
      invalid(where + ": subpath must be a relative path within the volume");
    if (!mount.subpath.empty() && api_minor < 45)
      invalid("VolumeOptions.Subpath needs API v1.45 or newer");
    mount.mode = "z";
  } else if (mount.type == "image") {
    parse_image(node, where, api_minor, mount);
  } else {
    if (!source.empty()) invalid(where + ": field Source must not be specified");
    mount.tmpfs_options = tmpfs_options(tmpfs, !mount.read_write);
  }
  return mount;
}

}  // namespace

std::string clean_path(std::string_view path) {
  std::string clean = std::filesystem::path(path).lexically_normal().string();
  while (clean.size() > 1 && clean.back() == '/') clean.pop_back();
  return clean;
}

MountPoint parse_bind(const std::string& spec, const std::string& volume_driver) {
  const std::string where = "invalid volume specification: '" + spec + "'";
  auto parts = text::split(spec, ':');
  if (spec.empty() || parts.size() > 3) invalid(where);
  for (const std::string& part : parts)
    if (part.empty()) invalid(where);
  // "/data:ro" is a destination with a mode, as in Docker's parser.
  std::string mode;
  MountPoint mount;
  if (parts.size() == 1) {
    mount.type = "volume";
    mount.anonymous = true;
    mount.destination = destination_of(parts[0], where);
  } else {
    mount.destination = destination_of(parts[1], where);
    if (parts[0].starts_with("/")) {
      mount.type = "bind";
      mount.source = clean_path(parts[0]);
      mount.create_source = true;
    } else {
      mount.type = "volume";
      check_volume_name(parts[0], volume_driver);
      mount.name = parts[0];
      mount.mode = 'z';
    }
    if (parts.size() == 3) apply_mode(mount, parts[2], spec);
  }
  if (mount.type == "volume") mount.driver = volume_driver;
  return mount;
}

std::vector<MountPoint> parse_mounts(const json::Node& hc, int api_minor) {
  std::vector<MountPoint> mounts;
  const auto add = [&](MountPoint mount) {
    if (api_minor < 44) mount.read_only_non_recursive = !mount.read_write;
    for (const MountPoint& other : mounts)
      if (other.destination == mount.destination)
        invalid("Duplicate mount point: " + mount.destination);
    mounts.push_back(std::move(mount));
  };
  for (const std::string& bind : hc["Binds"].strings())
    add(parse_bind(bind, hc["VolumeDriver"].str()));
  hc["Mounts"].each_item([&](json::Node node) { add(parse_mount(node, api_minor)); });
  hc["Tmpfs"].each_member([&](std::string_view path, json::Node options) {
    for (const std::string& option : text::split(options.str(), ','))
      if (!option.empty() && !is_tmpfs_option(option))
        options.fail("invalid tmpfs option \"" + option + "\"");
    const std::string destination = destination_of(std::string(path), "HostConfig.Tmpfs");
    for (const MountPoint& other : mounts)
      if (other.destination == destination) invalid("Duplicate mount point: " + destination);
  });
  return mounts;
}

}  // namespace gantry::domain
