#include "core/build/source_tree.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "core/base/digest.hpp"
#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/build/context_tar.hpp"
#include "core/build/source_entry.hpp"
#include "core/build/source_pattern.hpp"

namespace gantry::build {
namespace {

using images::ArchiveEntry;

constexpr int kMaxLinks = 255;
constexpr std::size_t kBlock = 128u << 10;
// Entries are kept in memory: a small archive can have many, and each its long names. Enough for a
// million files with names of 100 bytes.
constexpr std::size_t kMaxEntryBytes = 256u << 20;
// Of all files together.
constexpr std::uint64_t kMaxContents = 1ull << 40;

UniqueFd nameless_file(const std::filesystem::path& directory) {
  file::make_directories(directory);
  std::string path = (directory / "context-XXXXXX").string();
  UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd) throw_errno("create " + path);
  ::unlink(path.c_str());
  return fd;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string join(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : (directory + "/").append(name);
}

std::string file_name(const std::string& path) {
  const auto clean = clean_source(path);
  if (!clean || clean->empty() || clean->size() >= kMaxPath)
    throw Error(Errc::invalid, "invalid file name: \"" + path + "\"");
  return *clean;
}

std::string clean_path(std::string_view path, bool& climbs) {
  std::vector<std::string> parts;
  for (std::string& part : text::split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(std::move(part));
    } else if (parts.empty()) {
      climbs = true;
    } else {
      parts.pop_back();
    }
  }
  return text::join(parts, "/");
}

SourceFile implied_directory() {
  SourceFile directory;
  directory.entry.kind = ArchiveEntry::Kind::directory;
  directory.entry.mode = 0755;
  return directory;
}

}  // namespace

std::optional<std::string> clean_source(std::string_view path) {
  bool climbs = false;
  std::string clean = clean_path(path, climbs);
  return climbs ? std::nullopt : std::optional(std::move(clean));
}

std::string source_below_root(std::string_view path) {
  bool climbs = false;
  return clean_path(path, climbs);
}

SourceTree::SourceTree(const std::filesystem::path& directory)
    : contents_(std::make_shared<const UniqueFd>(nameless_file(directory))) {
  files_.emplace("", implied_directory());
}

void SourceTree::read(const images::TarReader::Source& source) {
  each_context_entry(source,
                     [&](images::TarReader& tar, archive_entry* entry, const std::string& path) {
                       if (!add_entry(tar, entry, path))
                         tar.refuse("\"" + path + "\" is a link to \"" +
                                    ::archive_entry_hardlink(entry) + "\", which is not in it");
                     });
}

std::vector<std::string> SourceTree::read_some(
    const images::TarReader::Source& source,
    const std::function<bool(const std::string&)>& is_wanted) {
  std::vector<std::string> lacking;
  each_context_entry(source,
                     [&](images::TarReader& tar, archive_entry* entry, const std::string& path) {
                       if (is_wanted(path) && !add_entry(tar, entry, path)) lacking.push_back(path);
                     });
  return lacking;
}

// False: it is another name of what is not here.
bool SourceTree::add_entry(images::TarReader& tar, archive_entry* entry, const std::string& path) {
  if (const char* target = ::archive_entry_hardlink(entry)) return add_link(path, target);
  if (static_cast<std::uint64_t>(::archive_entry_size(entry)) > kMaxContents - end_)
    tar.refuse("files are too large");
  SourceFile file;
  file.entry = read_entry(entry, tar);
  charge(size_of(file.entry.attributes()));
  if (file.entry.kind == ArchiveEntry::Kind::file) store(file, [&] { return tar.data(entry); });
  put(path, std::move(file));
  return true;
}

bool SourceTree::add_link(const std::string& path, const std::string& target) {
  const SourceFile* file = find(source_below_root(target));
  if (file == nullptr || file->is_directory()) return false;
  SourceFile other = *file;
  other.is_other_name = true;
  put(file_name(path), std::move(other));
  return true;
}

void SourceTree::add(const std::string& path, const ArchiveEntry& entry) {
  SourceFile file;
  file.entry = entry;
  charge(size_of(entry.attributes()));
  put(file_name(path), std::move(file));
}

void SourceTree::add_file(const std::string& path, const ArchiveEntry& entry,
                          const images::TarReader::Source& content) {
  const std::string clean = file_name(path);
  SourceFile file;
  file.entry = entry;
  charge(size_of(entry.attributes()));
  store(file, content);
  put(clean, std::move(file));
}

bool SourceTree::add_known(const std::string& path, const ArchiveEntry& entry,
                           const std::string& digest, bool suffices) {
  const std::string clean = file_name(path);
  SourceFile file;
  file.entry = entry;
  file.digest = digest;
  const SourceFile* here = find(clean);
  // What was a link and is one no more is a file of its own.
  file.lacks_content =
      here == nullptr || here->digest != digest || here->lacks_content || here->is_other_name;
  if (!file.lacks_content) file.offset = here->offset;
  const bool is_here = !file.lacks_content;
  if (!is_here && !suffices) return false;
  charge(size_of(entry.attributes()));
  put(clean, std::move(file));
  return is_here;
}

bool SourceTree::lacks_content(const std::string& path) const {
  const SourceFile* file = find(path);
  bool lacks = file != nullptr && file->lacks_content;
  each_below(path, [&](std::string_view, const SourceFile& below) {
    lacks = lacks || below.lacks_content;
  });
  return lacks;
}

void SourceTree::store(SourceFile& file, const std::function<std::string_view()>& next) {
  file.offset = end_;
  Sha256 sha;
  for (std::string_view piece = next(); !piece.empty(); piece = next()) {
    if (piece.size() > kMaxContents - end_) throw Error(Errc::invalid, "files are too large");
    file::write_all(fd(), piece);
    sha.update(piece.data(), piece.size());
    end_ += piece.size();
  }
  file.entry.size = end_ - file.offset;
  file.digest = sha.finish();
}

void SourceTree::add_parents(const std::string& path) {
  for (std::string at = path; !at.empty();) {
    at = parent_of(at);
    const auto found = files_.find(at);
    if (found != files_.end() && found->second.is_directory()) return;
    keep(at, implied_directory());
  }
}

void SourceTree::put(const std::string& path, SourceFile file) {
  if (path.empty() && !file.is_directory()) return;
  add_parents(path);
  if (!file.is_directory()) remove(path);
  keep(path, std::move(file));
}

void SourceTree::keep(const std::string& path, SourceFile file) {
  const auto [place, is_new] = files_.try_emplace(path);
  charge((is_new ? sizeof(SourceFile) + path.size() : 0) + file.entry.link.size());
  place->second = std::move(file);
}

void SourceTree::charge(std::size_t bytes) {
  entry_bytes_ += bytes;
  if (entry_bytes_ > kMaxEntryBytes) throw Error(Errc::invalid, "too many files");
}

void SourceTree::remove(const std::string& path) {
  if (path.empty()) return;
  files_.erase(path);
  const std::string below = path + "/";
  for (auto it = files_.lower_bound(below); it != files_.end() && it->first.starts_with(below);)
    it = files_.erase(it);
}

const SourceFile* SourceTree::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

std::optional<std::string> SourceTree::resolve(std::string_view path) const {
  std::vector<std::string> left = text::split(path, '/');
  std::reverse(left.begin(), left.end());
  std::string at;
  for (int links = 0; !left.empty();) {
    const std::string part = std::move(left.back());
    left.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      at = parent_of(at);
      continue;
    }
    const std::string next = join(at, part);
    const SourceFile* file = find(next);
    if (file == nullptr) return std::nullopt;
    if (!file->is_symlink()) {
      at = next;
      continue;
    }
    if (++links > kMaxLinks) return std::nullopt;
    if (file->entry.link.starts_with('/')) at.clear();
    auto parts = text::split(file->entry.link, '/');
    left.insert(left.end(), std::make_move_iterator(parts.rbegin()),
                std::make_move_iterator(parts.rend()));
  }
  return at;
}

std::vector<std::string> SourceTree::match(const std::string& pattern) const {
  const SourcePattern names(pattern);
  std::vector<std::string> found;
  const auto root = resolve(names.directory());
  if (!root) return found;
  each_below(*root, [&](std::string_view path, const SourceFile&) {
    if (names.match(path)) found.push_back(join(*root, path));
  });
  return found;
}

void SourceTree::each_below(
    const std::string& directory,
    const std::function<void(std::string_view, const SourceFile&)>& visit) const {
  const std::string below = directory.empty() ? "" : directory + "/";
  for (auto it = files_.lower_bound(below); it != files_.end() && it->first.starts_with(below);
       ++it)
    if (!it->first.empty()) visit(std::string_view(it->first).substr(below.size()), it->second);
}

images::TarReader::Source SourceTree::content(const SourceFile& file) const {
  if (file.lacks_content) throw Error(Errc::invalid, "a file was removed during the build");
  struct State {
    std::vector<char> buffer = std::vector<char>(kBlock);
    std::uint64_t at, left;
  };
  auto state = std::make_shared<State>();
  state->at = file.offset;
  state->left = file.entry.size;
  return [this, state]() -> std::string_view {
    for (;;) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBlock, state->left));
      if (wanted == 0) return {};
      const ssize_t n = ::pread(fd(), state->buffer.data(), wanted, static_cast<off_t>(state->at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw_errno("read build context");
      if (n == 0) throw Error(Errc::internal, "the build context was cut short");
      state->at += static_cast<std::uint64_t>(n);
      state->left -= static_cast<std::uint64_t>(n);
      return {state->buffer.data(), static_cast<std::size_t>(n)};
    }
  };
}

bool SourceTree::is_archive(const SourceFile& file) const {
  if (file.entry.kind != ArchiveEntry::Kind::file || file.entry.size == 0) return false;
  try {
    images::TarReader tar(content(file), "archive", images::TarReader::Holes::fill);
    return tar.next() != nullptr;
  } catch (const Error& error) {
    if (error.code() == Errc::invalid) return false;
    throw;
  }
}

std::string SourceTree::text(const SourceFile& file, std::uint64_t limit) const {
  if (file.entry.size > limit) throw Error(Errc::invalid, "file is too large");
  std::string all;
  const auto next = content(file);
  for (std::string_view piece = next(); !piece.empty(); piece = next()) all += piece;
  return all;
}

}  // namespace gantry::build
