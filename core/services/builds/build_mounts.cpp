#include "core/services/builds/build_mounts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/build/copy_plan.hpp"
#include "core/images/tar_filter.hpp"
#include "core/services/images/build_root.hpp"

namespace gantry::services {
namespace {

namespace fs = std::filesystem;
using build::RunMount;

constexpr const char* kPlace = "/source";
constexpr std::size_t kSecretPiece = 128u << 10;

[[noreturn]] void missing(const RunMount& mount) {
  throw Error(Errc::invalid,
              "failed to mount " + mount.text + ": \"/" + mount.source + "\" not found");
}

build::CopySource source_of(const build::SourceTree& tree, const RunMount& mount) {
  const auto path = tree.resolve(mount.source);
  if (!path) missing(mount);
  const std::size_t slash = mount.source.rfind('/');
  return {*path, slash == std::string::npos ? mount.source : mount.source.substr(slash + 1),
          tree.find(*path)->is_directory()};
}

images::TarReader::Source reader_of(const fs::path& path) {
  auto fd = std::make_shared<UniqueFd>(file::open(path, O_RDONLY));
  auto buffer = std::make_shared<std::vector<char>>(kSecretPiece);
  return [fd, buffer]() -> std::string_view {
    const ssize_t size = ::read(fd->get(), buffer->data(), buffer->size());
    if (size < 0) throw_errno("read layer");
    return {buffer->data(), static_cast<std::size_t>(size)};
  };
}

}  // namespace

BuildMounts::~BuildMounts() {
  for (const fs::path& copy : copies_) {
    try {
      file::remove_tree(copy);
    } catch (const std::exception& error) {
      log::warn(std::string("a build's mount: ") + error.what());
    }
  }
}

ClientFiles::Tree BuildMounts::find_tree(const RunMount& mount, ClientFiles::Need need) const {
  ClientFiles* files = world_.context.find(mount.from);
  return files == nullptr ? nullptr : files->with({mount.source}, need, stop_);
}

std::string BuildMounts::digest(const RunMount& mount, const ClientFiles::Tree& tree) const {
  if (tree == nullptr) {
    const images::PinnedImage image = world_.find_image(mount.from);
    return image.image ? image->id : "scratch";
  }
  build::CopyOptions options;
  options.owner = {0, 0};
  return build::digest_of(*tree, {source_of(*tree, mount)}, options);
}

void BuildMounts::name_cache(const RunMount& mount) {
  std::string content;
  // Digests will do: a cache that is there is not filled again.
  if (!mount.from.empty())
    content = digest(mount, find_tree(mount, ClientFiles::Need::digests)) + "/" + mount.source;
  cache_names_[&mount] = BuildCaches::name_of(mount, content);
}

std::string BuildMounts::digests(ClientFiles::Need need) {
  std::string text;
  for (const RunMount& mount : mounts_) {
    if (mount.kind == RunMount::Kind::bind)
      text += digest(mount, trees_[&mount] = find_tree(mount, need)) + " ";
    // What a new cache is filled with: no stage is waited for with the cache in hand, which that
    // stage may want as well.
    if (mount.kind == RunMount::Kind::cache && !mount.from.empty() &&
        world_.context.find(mount.from) == nullptr)
      world_.find_image(mount.from);
  }
  return text;
}

std::string BuildMounts::copy_from_tree(const build::SourceTree& tree, const RunMount& mount,
                                        const fs::path& into) {
  const build::CopySource source = source_of(tree, mount);
  BuildRoot root(world_.runtime, {}, stop_);
  build::CopyOptions options;
  options.owner = {0, 0};
  build::CopyTarget target;
  target.path = kPlace;
  target.wants_directory = true;
  const auto items = build::plan_copy(tree, {source}, target, options, now_nanos());
  root.put("/",
           [&](const images::ArchiveWriter::Sink& sink) { build::write_items(tree, items, sink); });
  world_.runtime.rootfs_copy_out(root.id(), kPlace, into);
  return source.is_directory ? into.string() : (into / source.name).string();
}

std::string BuildMounts::copy_source(const RunMount& mount, const fs::path& into) {
  const auto told = trees_.find(&mount);
  const ClientFiles::Tree tree =
      told == trees_.end() ? find_tree(mount, ClientFiles::Need::contents) : told->second;
  if (tree) return copy_from_tree(*tree, mount, into);
  const images::PinnedImage image = world_.find_image(mount.from);
  BuildRoot root(world_.runtime, image.image ? image->top_chain_id() : std::string(), stop_);
  const build::CopyTarget found = root.find("/" + mount.source);
  if (!found.exists) missing(mount);
  if (found.is_directory) {
    world_.runtime.rootfs_copy_out(root.id(), found.path, into);
    return into.string();
  }
  return copy_file(root, found.path, into);
}

// What the plugin copies out is a directory: the file gets one of its own.
std::string BuildMounts::copy_file(BuildRoot& from, const std::string& path, const fs::path& into) {
  const std::string name = path.substr(path.rfind('/') + 1);
  BuildRoot root(world_.runtime, {}, stop_);
  from.fetch(path, kPlace + ("/" + name),
             [&](const images::TarReader::Source& tar) { root.put("/", tar, std::nullopt); });
  world_.runtime.rootfs_copy_out(root.id(), kPlace, into);
  return (into / name).string();
}

fs::path BuildMounts::make_directory() {
  copies_.push_back(world_.directory / ("mount-" + random_hex(8)));
  file::make_directories(copies_.back(), 0755);
  return copies_.back();
}

std::optional<domain::MountPoint> BuildMounts::make_agent(const RunMount& mount) {
  const std::string place = "/run/buildkit/ssh_agent." + std::to_string(agent_count_++);
  domain::MountPoint point;
  try {
    point.source = agents_.make(mount.id, {mount.uid, mount.gid, static_cast<mode_t>(mount.mode)});
  } catch (const Error& error) {
    if (mount.required || error.code() != Errc::not_found) throw;
    return std::nullopt;
  }
  point.type = "bind";
  point.engine_source = true;
  point.propagation = "rprivate";
  point.destination = mount.target.empty() ? place : mount.target;
  point.read_write = false;
  if (variables_.empty()) variables_.push_back("SSH_AUTH_SOCK=" + point.destination);
  return point;
}

std::optional<domain::MountPoint> BuildMounts::make_one(const RunMount& mount) {
  if (mount.kind == RunMount::Kind::ssh) return make_agent(mount);
  domain::MountPoint point;
  point.destination = mount.target;
  point.read_write = !mount.read_only;
  if (mount.kind == RunMount::Kind::tmpfs) {
    point.type = "tmpfs";
    point.read_write = true;
    if (mount.size != 0) point.tmpfs_options = "size=" + std::to_string(mount.size);
    return point;
  }
  point.type = "bind";
  point.engine_source = true;
  point.propagation = "rprivate";
  if (mount.kind == RunMount::Kind::bind) {
    point.source = copy_source(mount, make_directory());
    return point;
  }
  if (mount.kind == RunMount::Kind::document) {
    const fs::path program = make_directory() / "document";
    file::write_atomic(program, mount.content, 0755);
    point.source = program;
    point.read_write = false;
    return point;
  }
  if (mount.kind == RunMount::Kind::secret) {
    const auto file = secrets_.make(mount);
    if (!file) return std::nullopt;
    point.source = *file;
    point.read_write = false;
    return point;
  }
  point.source = uses_.at(cache_names_.at(&mount)).data();
  return point;
}

// All at once and in one order, so that two builds do not wait for each other.
void BuildMounts::take_caches() {
  std::map<std::string, RunMount> wanted;
  for (const RunMount& mount : mounts_) {
    if (mount.kind != RunMount::Kind::cache) continue;
    if (mount.from.empty() && !mount.source.empty())
      throw Error(Errc::unsupported, "--mount: source of a cache needs from (" + mount.text + ")");
    name_cache(mount);
    const auto [found, added] = wanted.emplace(cache_names_.at(&mount), mount);
    if (!added && mount.sharing == RunMount::Sharing::locked)
      found->second.sharing = RunMount::Sharing::locked;
  }
  for (const auto& [name, mount] : wanted) {
    const auto fill = [&](const fs::path& directory) {
      if (!mount.from.empty()) copy_source(mount, directory);
    };
    uses_.emplace(name, world_.caches.take(name, mount, fill, stop_));
  }
}

std::vector<domain::MountPoint> BuildMounts::make() {
  take_caches();
  std::vector<domain::MountPoint> points;
  for (const RunMount& mount : mounts_) {
    if (auto point = make_one(mount)) points.push_back(std::move(*point));
  }
  const auto& secret = secrets_.variables();
  variables_.insert(variables_.end(), secret.begin(), secret.end());
  for (const domain::MountPoint& point : points) targets_.push_back(point.destination);
  return points;
}

void BuildMounts::note_missing(const std::string& container_id) {
  for (const std::string& place : targets_) {
    const build::CopyTarget target = find_in_root(world_.runtime, container_id, place);
    if (target.exists) continue;
    places_.insert(target.path.substr(1));
    for (const std::string& parent : target.missing_parents) places_.insert(parent.substr(1));
  }
}

std::optional<RootLayer> BuildMounts::without_places(std::optional<RootLayer> layer) {
  if (!layer || places_.empty()) return layer;
  images::IncomingBlob& tar = layer->tar;
  tar.finish();
  std::set<std::string> dropped = places_;
  bool others = false;
  images::each_name(reader_of(tar.file()), [&](const std::string& name) {
    if (places_.contains(name)) return;
    others = true;
    // The command made something in a place, or beside one in the same new directory.
    std::erase_if(dropped, [&](const std::string& place) { return name.starts_with(place + "/"); });
  });
  if (dropped.empty()) return layer;
  images::IncomingBlob rest = world_.blobs.begin();
  images::filter_tar(reader_of(tar.file()), dropped,
                     [&](std::string_view piece) { rest.append(piece.data(), piece.size()); });
  if (!others && dropped == places_) return std::nullopt;
  return RootLayer{std::move(rest), layer->root, {dropped.begin(), dropped.end()}};
}

}  // namespace gantry::services
