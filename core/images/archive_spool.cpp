#include "core/images/archive_spool.hpp"

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/images/tar_reader.hpp"

namespace gantry::images {
namespace {

constexpr int kMaxLinks = 16;  // on the way to one file

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

void refuse_archive(const std::string& why) {
  throw Error(Errc::invalid, "invalid archive: " + why);
}

std::string archive_path(std::string_view path, std::string_view base) {
  if (path.find('\0') != std::string_view::npos) refuse_archive("path with a NUL byte");
  std::vector<std::string> parts;
  if (path.starts_with('/')) base = {};  // the archive is the root
  for (const std::string_view from : {base, path})
    for (std::string& part : text::split(from, '/')) {
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(std::move(part));
        continue;
      }
      if (parts.empty()) refuse_archive("path \"" + std::string(path) + "\" leaves it");
      parts.pop_back();
    }
  return text::join(parts, "/");
}

void ArchiveSpool::read(const std::function<std::string_view()>& source) {
  TarReader tar(source, "archive", TarReader::Holes::refuse);
  std::size_t entries = 0;
  while (archive_entry* entry = tar.next()) {
    if (++entries > limits_.entries) refuse_archive("too many entries");
    const std::string path = archive_path(tar.name(entry));
    if (const char* target = archive_entry_hardlink(entry)) {
      links_[path] = archive_path(target);
      continue;
    }
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        continue;
      case AE_IFLNK:
        // Old `docker save` links a layer.tar that another image of the archive has already.
        links_[path] = archive_path(archive_entry_symlink(entry), parent_of(path));
        continue;
      case AE_IFREG:
        break;
      default:
        refuse_archive("\"" + path + "\" is neither a file nor a directory");
    }
    IncomingBlob blob = blobs_.begin();
    for (std::string_view piece = tar.data(entry); !piece.empty(); piece = tar.data(entry))
      blob.append(piece.data(), piece.size());
    blob.finish();
    files_.erase(path);
    files_.emplace(path, std::move(blob));
  }
  while (!source().empty()) {
    // To its end: who sends it may give up the rest once it has an answer, and the answer with it.
  }
}

std::optional<std::string> ArchiveSpool::follow(const std::string& path) const {
  for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
    const auto link = links_.find(path.substr(0, end));
    if (link != links_.end())
      return end == std::string::npos ? link->second
                                      : archive_path(path.substr(end + 1), link->second);
    if (end == std::string::npos) return std::nullopt;
  }
}

const std::string* ArchiveSpool::find_target(std::string path) const {
  for (int hop = 0; hop < kMaxLinks; ++hop) {
    if (const auto file = files_.find(path); file != files_.end()) return &file->first;
    auto next = follow(path);
    if (!next) return nullptr;
    path = std::move(*next);
  }
  return nullptr;
}

bool ArchiveSpool::has(const std::string& path) const {
  return find_target(archive_path(path)) != nullptr;
}

IncomingBlob& ArchiveSpool::file(const std::string& path) {
  const std::string* target = find_target(archive_path(path));
  if (!target) refuse_archive("\"" + path + "\" is missing");
  return files_.at(*target);
}

std::string ArchiveSpool::text(const std::string& path) {
  IncomingBlob& blob = file(path);
  if (blob.size() > limits_.json_bytes) refuse_archive("\"" + path + "\" is too large");
  return file::read(blob.file());
}

}  // namespace gantry::images
