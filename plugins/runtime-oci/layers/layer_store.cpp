#include "layers/layer_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "base/directory.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "base/scope_guard.hpp"
#include "layers/attributes.hpp"
#include "layers/layer_unpack.hpp"
#include "layers/layer_writer.hpp"
#include "layers/settle_tree.hpp"
#include "layers/tree_size.hpp"

namespace gantry::oci {
namespace {

constexpr std::string_view kTemporary = "tmp-";
constexpr std::string_view kLost = "lost-";

void check_chain_id(const std::string& id) {
  constexpr std::string_view prefix = "sha256:";
  const bool good = id.size() == prefix.size() + 64 && id.starts_with(prefix) &&
                    std::all_of(id.begin() + prefix.size(), id.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                    });
  if (!good) throw Error(GANTRY_INVALID, "invalid layer chain id \"" + id + '"');
}

bool is_number(const std::string& name) {
  return !name.empty() && name.size() < 18 &&
         name.find_first_not_of("0123456789") == std::string::npos;
}

std::uint64_t number_in(const std::string& name) { return std::stoull(name); }

/// What is not empty stays. Links on the way lead nowhere.
void remove_empty(int root, const std::string& path) {
  UniqueFd parent = duplicate(root);
  std::size_t at = 0;
  for (std::size_t slash; (slash = path.find('/', at)) != std::string::npos; at = slash + 1) {
    const std::string name = path.substr(at, slash - at);
    parent.reset(
        ::openat(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!parent || name == "..") return;
  }
  const std::string name = path.substr(at);
  struct stat status {};
  if (::fstatat(parent.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (S_ISDIR(status.st_mode))
    ::unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);
  else if (S_ISREG(status.st_mode) && status.st_size == 0)
    ::unlinkat(parent.get(), name.c_str(), 0);
}

/// Earlier versions wrote a file. nullopt also for one that a machine's sudden end left short.
std::optional<JsonDocument> find_meta(const std::string& path) {
  std::optional<std::string> text(std::string(PATH_MAX, '\0'));
  const ssize_t size = ::readlink(path.c_str(), text->data(), text->size());
  if (size >= 0)
    text->resize(static_cast<std::size_t>(size));
  else
    text = find_text(path);
  if (!text) return std::nullopt;
  try {
    return parse_object(*text, path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

Error no_such_layer(const std::string& chain_id) {
  return Error(GANTRY_NOT_FOUND, "no such layer: " + chain_id);
}

}  // namespace

LayerStore::LayerStore(const std::string& state_dir) : directory_(state_dir + "/layers") {
  make_directory(directory_);
  load();
}

void LayerStore::load() {
  for (const std::string& name : names_in(directory_)) {
    if (name.starts_with(kTemporary)) {
      // One that stays has its number for itself.
      if (const std::string digits = name.substr(kTemporary.size()); is_number(digits))
        last_number_ = std::max(last_number_, number_in(digits));
      clear(directory_ + "/" + name);
    } else if (is_number(name))
      load_layer(name);
    else if (name.starts_with(kLost) && is_number(name.substr(kLost.size()))) {
      last_number_ = std::max(last_number_, number_in(name.substr(kLost.size())));
      lost_.push_back(directory_ + "/" + name);
    }
  }
}

void LayerStore::clear(const std::string& leftover) {
  try {
    remove_tree(leftover);
  } catch (const Error& error) {
    complaints_.push_back(leftover + " stays: " + error.what());
  }
}

void LayerStore::load_layer(const std::string& name) {
  const std::string path = directory_ + "/" + name;
  Layer layer;
  layer.number = number_in(name);
  last_number_ = std::max(last_number_, layer.number);
  const auto meta = find_meta(path + "/meta");
  if (!meta) {
    // Containers may be running on it.
    const std::string aside = directory_ + "/" + std::string(kLost) + name;
    if (::rename(path.c_str(), aside.c_str()) != 0) throw_errno("rename " + path);
    lost_.push_back(aside);
    return;
  }
  layer.parent = text_of(*meta, "parent");
  layer.size = static_cast<std::uint64_t>(number_of(*meta, "size"));
  layers_.emplace(text_of(*meta, "chain_id"), std::move(layer));
}

const LayerStore::Layer& LayerStore::get(const std::string& chain_id) const {
  const auto found = layers_.find(chain_id);
  if (found == layers_.end()) throw no_such_layer(chain_id);
  return found->second;
}

std::optional<std::uint64_t> LayerStore::find_size(const std::string& chain_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = layers_.find(chain_id);
  return found == layers_.end() ? std::nullopt : std::optional(found->second.size);
}

std::uint64_t LayerStore::make(const std::string& chain_id, const std::string& parent,
                               const std::function<std::uint64_t(const std::string&)>& fill,
                               const std::function<void(const std::string&)>& undo) {
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = ++last_number_;
  }
  add_user(parent);  // keeps the parent while we read it
  const ScopeGuard release([&] { drop_user(parent); });

  const std::string name = std::to_string(number);
  const std::string temporary = directory_ + "/" + std::string(kTemporary) + name;
  make_directory(temporary);
  const std::string diff = temporary + "/diff";
  ScopeGuard discard([&] {
    try {
      if (undo) undo(diff);
      remove_tree(temporary);
    } catch (const Error&) {
      // Stays until the store opens again.
    }
  });
  const std::uint64_t size = fill(diff);
  rapidjson::StringBuffer buffer;
  JsonWriter meta(buffer);
  meta.StartObject();
  meta.Key("chain_id"), put(meta, chain_id);
  meta.Key("parent"), put(meta, parent);
  meta.Key("size"), meta.Uint64(size);
  meta.EndObject();
  if (::symlink(buffer.GetString(), (temporary + "/meta").c_str()) != 0)
    throw_errno("make " + temporary + "/meta");
  const std::string final = directory_ + "/" + name;
  if (::rename(temporary.c_str(), final.c_str()) != 0) throw_errno("rename to " + final);
  discard.dismiss();

  const std::lock_guard lock(mutex_);
  layers_.emplace(chain_id, Layer{number, parent, size, 0});
  return size;
}

std::uint64_t LayerStore::unpack(const std::string& chain_id, const std::string& parent, int fd,
                                 const Operation& op) {
  check_chain_id(chain_id);
  if (const auto known = find_size(chain_id)) return *known;
  return make(chain_id, parent, [&](const std::string& diff) {
    make_directory(diff, 0755);
    // mkdir obeyed the daemon's umask; this mode shows where an image is mounted.
    if (::chmod(diff.c_str(), 0755) != 0) throw_errno("change mode of " + diff);
    LayerWriter writer(open_directory(AT_FDCWD, diff), open_stack(parent));
    unpack_layer(fd, writer, op);
    return writer.replaced() ? tree_size(open_directory(AT_FDCWD, diff).get(), op) : writer.size();
  });
}

std::uint64_t LayerStore::adopt(const std::string& chain_id, const std::string& parent,
                                const std::string& upper, std::vector<std::string> leave_out,
                                const Operation& op) {
  check_chain_id(chain_id);
  if (const auto known = find_size(chain_id)) return *known;
  std::sort(leave_out.rbegin(), leave_out.rend());  // what is in a directory goes before it
  const auto take = [&](const std::string& diff) {
    const UniqueFd root = open_directory(AT_FDCWD, upper);
    const std::vector<UniqueFd> below = open_stack(parent);
    const std::uint64_t bytes = settle_tree(root.get(), below, op);
    for (const std::string& path : leave_out) remove_empty(root.get(), path);
    // A tar says nothing of its root: the layer has what is below it, as everywhere.
    apply(root.get(), Attributes(), true);
    if (::rename(upper.c_str(), diff.c_str()) == 0) return bytes;
    if (errno == EXDEV) throw Error(GANTRY_UNSUPPORTED, "layers are on another file system", EXDEV);
    throw_errno("rename " + upper);
  };
  const auto give_back = [&](const std::string& diff) { ::rename(diff.c_str(), upper.c_str()); };
  return make(chain_id, parent, take, give_back);
}

std::uint64_t LayerStore::size(const std::string& chain_id) const {
  const std::lock_guard lock(mutex_);
  return get(chain_id).size;
}

void LayerStore::remove(const std::string& chain_id) {
  std::string path, temporary;
  {
    const std::lock_guard lock(mutex_);
    const auto found = layers_.find(chain_id);
    if (found == layers_.end()) return;
    if (found->second.users > 0)
      throw Error(GANTRY_CONFLICT, "layer " + chain_id + " is in use by a container");
    for (const auto& [other, layer] : layers_)
      if (layer.parent == chain_id)
        throw Error(GANTRY_CONFLICT, "layer " + chain_id + " is the parent of " + other);
    const std::string name = std::to_string(found->second.number);
    path = directory_ + "/" + name;
    temporary = directory_ + "/" + std::string(kTemporary) + name;
    if (::rename(path.c_str(), temporary.c_str()) != 0) throw_errno("rename " + path);
    layers_.erase(found);
  }
  remove_tree(temporary);
}

std::vector<std::string> LayerStore::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, layer] : layers_) ids.push_back(id);
  return ids;
}

std::vector<std::string> LayerStore::stack(const std::string& chain_id) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> directories;
  for (std::string id = chain_id; !id.empty();) {
    const Layer& layer = get(id);
    directories.push_back(std::to_string(layer.number) + "/diff");
    id = layer.parent;
  }
  return directories;
}

std::uint64_t LayerStore::stack_size(const std::string& chain_id) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (std::string id = chain_id; !id.empty();) {
    const Layer& layer = get(id);
    sum += layer.size;
    id = layer.parent;
  }
  return sum;
}

std::vector<UniqueFd> LayerStore::open_stack(const std::string& chain_id) const {
  std::vector<UniqueFd> fds;
  for (const std::string& name : stack(chain_id))
    fds.push_back(open_directory(AT_FDCWD, directory_ + "/" + name));
  return fds;
}

void LayerStore::add_user(const std::string& chain_id) {
  if (chain_id.empty()) return;
  const std::lock_guard lock(mutex_);
  const auto found = layers_.find(chain_id);
  if (found == layers_.end()) throw no_such_layer(chain_id);
  ++found->second.users;
}

void LayerStore::drop_user(const std::string& chain_id) {
  const std::lock_guard lock(mutex_);
  const auto found = layers_.find(chain_id);
  if (found != layers_.end() && found->second.users > 0) --found->second.users;
}

}  // namespace gantry::oci
