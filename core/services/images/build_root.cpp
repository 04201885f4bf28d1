#include "core/services/images/build_root.hpp"

#include <algorithm>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/build/source_pattern.hpp"
#include "core/json/writer.hpp"
#include "core/services/base/piped_call.hpp"
#include "core/services/base/user_lookup.hpp"

namespace gantry::services {
namespace {

constexpr std::uint32_t kTypeMask = 0170000, kDirectory = 0040000;
constexpr int kMaxHops = 40;

bool is_directory(const pluginhost::PathInfo& info) {
  return (info.mode & kTypeMask) == kDirectory;
}

std::string request(const std::string& path, bool follow) {
  json::Writer out;
  out.begin_object().field("path", path).field("follow", follow);
  out.key("mounts").begin_array().end_array().end_object();
  return out.take();
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string join(const std::string& directory, const std::string& name) {
  return directory + (directory.ends_with('/') ? "" : "/") + name;
}

std::optional<pluginhost::PathInfo> find_path(pluginhost::Runtime& runtime, const std::string& id,
                                              const std::string& path, bool follow) {
  try {
    return runtime.archive_stat(id, request(path, follow));
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) return std::nullopt;
    throw;
  }
}

bool is_number(std::string_view word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string classic_owner(const std::string& spec) {
  if (spec.ends_with(':'))
    throw Error(Errc::invalid, "invalid owner " + spec + ": a group of no name");
  return spec.find(':') != std::string::npos ? spec : spec + ":" + spec;
}

/// To BuildKit, root needs no entry, nor does an empty word, which is root as well; a number is its
/// own group, and a name has the group of its entry.
std::string buildkit_owner(const std::string& spec) {
  const std::size_t colon = spec.find(':');
  const auto word = [](const std::string& text) {
    return text.empty() || text == "root" ? "0" : text;
  };
  const std::string user = word(spec.substr(0, colon));
  if (colon != std::string::npos) return user + ":" + word(spec.substr(colon + 1));
  return is_number(user) ? user + ":" + user : user;
}

}  // namespace

BuildRoot::BuildRoot(pluginhost::Runtime& runtime, const std::string& chain_id,
                     std::stop_token stop)
    : runtime_(runtime), stop_(std::move(stop)), id_(random_hex()) {
  runtime_.rootfs_create(id_, chain_id);
}

BuildRoot::~BuildRoot() {
  try {
    runtime_.rootfs_remove(id_);
  } catch (const std::exception& error) {
    log::warn("root " + id_ + " of a build cannot be removed: " + error.what());
  }
}

std::function<bool()> BuildRoot::cancelled() const {
  return [this] { return stop_.stop_requested(); };
}

build::CopyTarget find_in_root(pluginhost::Runtime& runtime, const std::string& id,
                               const std::string& path) {
  build::CopyTarget target;
  std::vector<std::string> missing;  // names, lowest first
  std::string at = path;
  while (at.size() > 1 && at.ends_with('/')) at.pop_back();
  for (int hops = 0;;) {
    if (const auto info = find_path(runtime, id, at, true)) {
      target.path = info->path;
      target.is_directory = is_directory(*info);
      break;
    }
    // A link that leads to nothing: what it names is to be made.
    if (const auto link = find_path(runtime, id, at, false); link && !link->link_target.empty()) {
      if (++hops > kMaxHops) throw Error(Errc::invalid, path + ": too many levels of links");
      at = link->link_target;
      continue;
    }
    missing.push_back(at.substr(at.rfind('/') + 1));
    at = parent_of(at);
  }
  target.exists = missing.empty();
  if (target.exists) return target;
  if (!target.is_directory) throw Error(Errc::invalid, at + " is not a directory");
  std::reverse(missing.begin(), missing.end());
  for (const std::string& name : missing) {
    target.path = join(target.path, name);
    target.missing_parents.push_back(target.path);
  }
  target.missing_parents.pop_back();
  target.is_directory = false;
  return target;
}

std::pair<std::uint32_t, std::uint32_t> BuildRoot::owner(const std::string& spec,
                                                         OwnerRules rules) const {
  const ResolvedUser user =
      look_up_user(runtime_, id_,
                   rules == OwnerRules::buildkit ? buildkit_owner(spec) : classic_owner(spec), {});
  return {user.uid, user.gid};
}

void BuildRoot::put(const std::string& directory, const images::TarReader::Source& tar,
                    const std::optional<std::pair<std::uint32_t, std::uint32_t>>& owner) {
  json::Writer document;
  document.begin_object().field("path", directory);
  document.key("mounts").begin_array().end_array();
  if (owner)
    document.key("owner")
        .begin_object()
        .field("uid", owner->first)
        .field("gid", owner->second)
        .end_object();
  document.end_object();
  const auto call = [&](int fd, const pluginhost::Op& op) {
    runtime_.archive_put(id_, document.text(), fd, op);
  };
  write_to(call, tar, cancelled());
}

void BuildRoot::put(const std::string& directory,
                    const std::function<void(const images::ArchiveWriter::Sink&)>& write) {
  const auto call = [&](int fd, const pluginhost::Op& op) {
    runtime_.archive_put(id_, request(directory, true), fd, op);
  };
  write_through(call, write, cancelled());
}

void BuildRoot::fetch(const std::string& path, const std::string& name,
                      const std::function<void(const images::TarReader::Source&)>& take) {
  const auto call = [&](int fd, const pluginhost::Op& op) {
    json::Writer out;
    out.begin_object().field("path", path).field("name", name.empty() ? "." : name);
    out.field("image_only", true).key("mounts").begin_array().end_array().end_object();
    runtime_.archive_get(id_, out.text(), fd, op);
  };
  read_through(call, take, cancelled());
}

bool BuildRoot::get(const std::string& path, build::SourceTree& into) {
  const auto info = find_path(runtime_, id_, path, true);
  if (!info) return false;
  fetch(info->path, path.substr(1), [&](const auto& tar) { into.read(tar); });
  return true;
}

void BuildRoot::get_parents(const std::string& path, build::SourceTree& into) {
  for (std::string at = parent_of(path); at != "/"; at = parent_of(at)) {
    const auto info = find_path(runtime_, id_, at, true);
    if (!info || !is_directory(*info)) continue;
    images::ArchiveEntry entry;
    entry.kind = images::ArchiveEntry::Kind::directory;
    entry.mode = info->mode & ~kTypeMask;
    entry.mtime = info->mtime;
    into.add(at.substr(1), entry);
  }
}

// The runtime gives a directory as a whole: what cannot match is passed over as it comes.
void BuildRoot::get_matches(const std::string& pattern, build::SourceTree& into) {
  const build::SourcePattern names(pattern);
  const std::string& directory = names.directory();
  const auto info = find_path(runtime_, id_, "/" + directory, true);
  if (!info) return;
  const auto is_wanted = [&](std::string_view path) {
    path.remove_prefix(std::min(path.size(), directory.empty() ? 0 : directory.size() + 1));
    return names.touches(path);
  };
  std::vector<std::string> lacking;
  fetch(info->path, directory, [&](const auto& tar) { lacking = into.read_some(tar, is_wanted); });
  for (const std::string& path : lacking) get("/" + path, into);
  for (const std::string& path : into.match(pattern)) {
    if (!into.find(path)->is_symlink()) continue;
    const build::CopyTarget there = find("/" + path);
    const auto here = into.resolve(path);
    if (there.exists && (!here || "/" + *here != there.path)) get("/" + path, into);
  }
}

}  // namespace gantry::services
