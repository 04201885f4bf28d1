#include "roots/root_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/ids.hpp"
#include "base/scope_guard.hpp"
#include "layers/attributes.hpp"
#include "layers/tree_size.hpp"
#include "roots/init_layer.hpp"

namespace gantry::oci {
namespace {

constexpr std::string_view kTemporary = "tmp-";
constexpr char kUpper[] = "/diff";  // as Docker calls it
constexpr char kFormerUpper[] = "/upper";
constexpr char kNoLayers[] = "none";
// Features that would leave traces in the upper directory which OverlayTree does not read.
constexpr char kOptions[] = ",redirect_dir=off,index=off,metacopy=off";

std::optional<std::string> read_chain(const std::string& root) {
  char target[128];
  const ssize_t size = ::readlink((root + "/chain").c_str(), target, sizeof target);
  if (size < 0) return std::nullopt;
  std::string chain(target, static_cast<std::size_t>(size));
  return chain == kNoLayers ? std::string() : chain;
}

/// Of a root that an earlier version made; it may be mounted.
void rename_upper(const std::string& root) {
  if (::rename((root + kFormerUpper).c_str(), (root + kUpper).c_str()) != 0 && errno != ENOENT)
    throw_errno("rename " + root + kFormerUpper);
}

void discard_root(const std::string& root) {
  release_root_limit(root);  // first: its record goes with the tree
  remove_tree(root);
}

/// Two roots of one project: the copy, made by hand, gets another when it is used.
void tell_from_copies(const std::string& root, std::map<std::uint32_t, std::string>& projects) {
  const auto limit = find_root_limit(root);
  if (!limit || limit->project == 0) return;
  const auto [known, is_new] = projects.emplace(limit->project, root);
  if (is_new) return;
  const bool owns = owns_root_project(root, limit->project);
  disown_root_project(owns ? known->second : root);
  if (owns) known->second = root;
}

}  // namespace

RootStore::RootStore(const std::string& state_dir, LayerStore& layers)
    : layers_(layers),
      directory_(state_dir + "/roots"),
      empty_(state_dir + "/empty"),
      init_(state_dir + "/init") {
  make_directory(directory_);
  make_directory(empty_, 0755);
  make_init_layer(init_);
  std::map<std::uint32_t, std::string> projects;
  for (const std::string& name : names_in(directory_)) {
    if (name.starts_with(kTemporary)) {
      clear(path(name));
      continue;
    }
    const auto chain_id = read_chain(path(name));
    if (!chain_id) continue;  // not ours
    try {
      layers_.add_user(*chain_id);
      rename_upper(path(name));
      tell_from_copies(path(name), projects);
    } catch (const Error&) {
      // The layers are gone (a state directory put together by hand), the limit cannot be read, or
      // the file system takes no changes: using the root says so.
    }
  }
}

void RootStore::clear(const std::string& leftover) {
  try {
    discard_root(leftover);
  } catch (const Error& error) {
    complaints_.push_back(leftover + " stays: " + error.what());
  }
}

void RootStore::create(const std::string& id, const std::string& chain_id, std::uint64_t size) {
  check_container_id(id);
  const std::string final = path(id);
  if (exists(final)) throw Error(GANTRY_CONFLICT, "container " + id + " has a root already");
  layers_.add_user(chain_id);
  ScopeGuard release([&] { layers_.drop_user(chain_id); });

  const std::string temporary = directory_ + "/" + std::string(kTemporary) + id;
  discard_root(temporary);
  make_directory(temporary);
  ScopeGuard discard([&] {
    try {
      discard_root(temporary);
    } catch (const Error&) {
      // Stays until the store opens again.
    }
  });
  make_directory(temporary + "/work");
  make_directory(temporary + kUpper, 0755);
  const UniqueFd upper = open_directory(AT_FDCWD, temporary + kUpper);
  apply(upper.get(), Attributes(), true);  // those of the container's "/"
  const char* target = chain_id.empty() ? kNoLayers : chain_id.c_str();
  if (::symlink(target, (temporary + "/chain").c_str()) != 0) throw_errno("make root of " + id);
  if (size != 0) limit_root(temporary, size);
  if (::rename(temporary.c_str(), final.c_str()) != 0) throw_errno("make root of " + id);
  discard.dismiss();
  release.dismiss();
}

void RootStore::remove(const std::string& id) {
  check_container_id(id);
  const auto chain_id = read_chain(path(id));
  const std::string temporary = directory_ + "/" + std::string(kTemporary) + id;
  if (::rename(path(id).c_str(), temporary.c_str()) == 0) {
    if (chain_id) layers_.drop_user(*chain_id);
  } else if (errno != ENOENT) {
    throw_errno("remove root of " + id);
  }
  discard_root(temporary);  // also what an earlier attempt left
}

RoomToMount RootStore::room_to_mount(const std::string& id) const {
  chain(id);
  return RoomToMount(path(id));
}

bool RootStore::is_limited(const std::string& id) const {
  chain(id);
  return find_root_limit(path(id)).has_value();
}

std::vector<std::string> RootStore::list() const {
  std::vector<std::string> ids;
  for (std::string& name : names_in(directory_))
    if (is_container_id(name)) ids.push_back(std::move(name));
  return ids;
}

std::string RootStore::chain(const std::string& id) const {
  check_container_id(id);
  const auto chain_id = read_chain(path(id));
  if (!chain_id) throw Error(GANTRY_NOT_FOUND, "container " + id + " has no root");
  return *chain_id;
}

RootStore::Usage RootStore::usage(const std::string& id) const {
  const std::string chain_id = chain(id);
  const UniqueFd upper = open_directory(AT_FDCWD, path(id) + kUpper);
  const std::uint64_t written = tree_size(upper.get());
  return {written, written + layers_.stack_size(chain_id)};
}

std::optional<OverlayTree::Found> RootStore::find(const std::string& id,
                                                  const std::string& what) const {
  std::vector<UniqueFd> stack = open_lower(id);
  stack.insert(stack.begin(), open_upper(id));
  return OverlayTree(std::move(stack)).find(what, true);
}

std::optional<std::string> RootStore::find_file(const std::string& id, const std::string& file,
                                                std::uint64_t max_bytes) const {
  const auto found = find(id, file);
  if (!found || !S_ISREG(found->status.st_mode)) return std::nullopt;
  const UniqueFd fd = find_at(found->parent.get(), found->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  std::string text(
      std::min(max_bytes, static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0))), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read " + file);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

std::vector<std::string> RootStore::lower(const std::string& chain_id) const {
  std::vector<std::string> directories = layers_.stack(chain_id);
  directories.emplace_back("../init");
  return directories;
}

std::string RootStore::lower_list(const std::string& chain_id) const {
  std::string list;
  for (const std::string& directory : lower(chain_id))
    list += (list.empty() ? "" : ":") + directory;
  return list;
}

RootStore::Mount RootStore::mount_for(const std::string& id) const {
  const std::string root = "../roots/" + id;
  return {layers_.directory(),
          "lowerdir=" + lower_list(chain(id)) + ",upperdir=" + root + kUpper + ",workdir=" + root +
              "/work" + kOptions,
          is_limited(id)};
}

RootStore::Mount RootStore::read_only_mount_for(const std::string& id) const {
  return {layers_.directory(),
          "lowerdir=../roots/" + id + kUpper + ":" + lower_list(chain(id)) + kOptions};
}

RootStore::Mount RootStore::image_mount_for(const std::string& id) const {
  std::string list = "lowerdir=../roots/" + id + kUpper;
  const std::vector<std::string> layers = layers_.stack(chain(id));
  for (const std::string& layer : layers) list += ":" + layer;
  if (layers.empty()) list += ":../empty";  // overlayfs wants two
  return {layers_.directory(), list + kOptions};
}

UniqueFd RootStore::open_upper(const std::string& id) const {
  chain(id);
  return open_directory(AT_FDCWD, path(id) + kUpper);
}

std::vector<UniqueFd> RootStore::open_lower(const std::string& id) const {
  std::vector<UniqueFd> fds;
  for (const std::string& name : lower(chain(id)))
    fds.push_back(open_directory(AT_FDCWD, layers_.directory() + "/" + name));
  return fds;
}

RootStore::Description RootStore::describe(const std::string& id) const {
  Description result;
  for (const std::string& directory : lower(chain(id)))
    result.lower += (result.lower.empty() ? "" : ":") + layers_.directory() + "/" + directory;
  result.upper = path(id) + kUpper;
  result.work = path(id) + "/work";
  return result;
}

}  // namespace gantry::oci
