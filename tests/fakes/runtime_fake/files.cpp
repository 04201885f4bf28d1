#include "runtime_fake/files.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

namespace fake {

namespace sdk = gantry::sdk;
using sdk::Error;

namespace {

/// Without ".", ".." and doubled slashes; false when it climbs above where it starts.
bool clean(std::string_view path, std::string& result) {
  std::vector<std::string> parts;
  bool inside = true;
  while (!path.empty()) {
    const std::string part(path.substr(0, path.find('/')));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part == "..") {
      inside = inside && !parts.empty();
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  result.clear();
  for (const auto& part : parts) result.append("/").append(part);
  if (result.empty()) result = "/";
  return inside;
}

std::string path_of(const sdk::Object& request) {
  std::string path;
  clean(request.string("path"), path);
  return path;
}

bool is_directory(const std::map<std::string, std::string>& files, const std::string& path) {
  if (path == "/") return true;
  const auto next = files.lower_bound(path + "/");
  return next != files.end() && next->first.starts_with(path + "/");
}

void need(const std::map<std::string, std::string>& files, const std::string& path) {
  if (!files.count(path) && !is_directory(files, path))
    throw Error(GANTRY_NOT_FOUND, path + ": no such file", ENOENT);
}

struct FreeArchive {
  void operator()(archive* a) const { ::archive_free(a); }
};
using Archive = std::unique_ptr<archive, FreeArchive>;

}  // namespace

std::map<std::string, std::string> Files::of(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  auto files = all_;
  if (const auto it = added_.find(id); it != added_.end())
    for (const auto& [path, content] : it->second) files[path] = content;
  return files;
}

std::string Files::stat(const std::string& id, std::string_view json) const {
  const std::string path = path_of(sdk::Object(json));
  const auto files = of(id);
  need(files, path);
  const auto file = files.find(path);
  sdk::JsonWriter writer;
  writer.begin().field("path", path).field("mtime", std::int64_t{1'700'000'000'000'000'000});
  writer.field("link_target", "");
  if (file != files.end())
    writer.field("size", static_cast<std::int64_t>(file->second.size()))
        .field("mode", S_IFREG | 0644);
  else
    writer.field("size", 0).field("mode", S_IFDIR | 0755);
  return std::string(writer.end().text());
}

void Files::get(const std::string& id, std::string_view json, int fd, const sdk::Op& op) const {
  op.throw_if_cancelled();
  const sdk::Object request(json);
  const std::string path = path_of(request), name = request.string("name");
  const auto files = of(id);
  need(files, path);
  const Archive tar(::archive_write_new());
  ::archive_write_set_format_pax_restricted(tar.get());
  ::archive_write_open_fd(tar.get(), fd);
  const auto add = [&](const std::string& entry_name, const std::string& content) {
    archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, entry_name.c_str());
    ::archive_entry_set_filetype(entry, AE_IFREG);
    ::archive_entry_set_perm(entry, 0644);
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    ::archive_write_header(tar.get(), entry);
    ::archive_entry_free(entry);
    if (::archive_write_data(tar.get(), content.data(), content.size()) < 0)
      throw Error(GANTRY_CANCELLED, "the reader went away");
  };
  for (const auto& [file, content] : files)
    if (file == path || file.starts_with(path == "/" ? path : path + "/"))
      add(name + file.substr(path == "/" ? 0 : path.size()), content);
  if (::archive_write_close(tar.get()) != ARCHIVE_OK)
    throw Error(GANTRY_CANCELLED, "the reader went away");
}

void Files::put(const std::string& id, std::string_view json, int fd, const sdk::Op& op) {
  op.throw_if_cancelled();
  const sdk::Object request(json);
  const std::string directory = path_of(request);
  const auto files = of(id);
  need(files, directory);
  if (files.count(directory))
    throw Error(GANTRY_INVALID, "extraction point is not a directory", ENOTDIR);
  const auto keep = request.document().FindMember("keep_kinds");
  const bool keep_kinds = keep != request.document().MemberEnd() && keep->value.GetBool();
  const Archive tar(::archive_read_new());
  ::archive_read_support_filter_all(tar.get());
  ::archive_read_support_format_tar(tar.get());
  ::archive_read_support_format_empty(tar.get());
  const auto check = [&](long result) {
    if (result < ARCHIVE_WARN) throw Error(GANTRY_INVALID, ::archive_error_string(tar.get()));
  };
  check(::archive_read_open_fd(tar.get(), fd, 65536));
  archive_entry* entry = nullptr;
  for (int result; (result = ::archive_read_next_header(tar.get(), &entry)) != ARCHIVE_EOF;) {
    check(result);
    std::string path;
    if (!clean(::archive_entry_pathname(entry), path))
      throw Error(GANTRY_INVALID, "an entry is outside of \"" + directory + '"');
    if (::archive_entry_filetype(entry) != AE_IFREG) continue;
    if (directory != "/") path = directory + path;
    if (keep_kinds && is_directory(files, path))
      throw Error(GANTRY_INVALID, "cannot overwrite directory \"" + path + '"');
    std::string content(static_cast<std::size_t>(::archive_entry_size(entry)), '\0');
    check(::archive_read_data(tar.get(), content.data(), content.size()));
    const std::lock_guard lock(mutex_);
    added_[id][path] = std::move(content);
  }
}

std::string Files::changes(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  sdk::JsonWriter writer;
  writer.begin_array();
  if (const auto it = added_.find(id); it != added_.end())
    for (const auto& [path, content] : it->second)
      writer.begin().field("path", path).field("kind", all_.count(path) ? 0 : 1).end();
  return std::string(writer.end_array().text());
}

void Files::remove(const std::string& id) {
  const std::lock_guard lock(mutex_);
  added_.erase(id);
}

}  // namespace fake
