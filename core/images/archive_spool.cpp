#include "core/images/archive_spool.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <exception>
#include <memory>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"

namespace gantry::images {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(Errc::invalid, "invalid archive: " + why);
}

struct FreeArchive {
  void operator()(archive* a) const { archive_read_free(a); }
};

// libarchive's reader over a function; exceptions of the function travel around the C code.
class TarReader {
 public:
  explicit TarReader(const std::function<std::string_view()>& source) : source_(source) {
    if (!reader_) throw Error(Errc::exhausted, "out of memory");
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_filter_zstd(reader_.get());
    archive_read_support_filter_bzip2(reader_.get());
    archive_read_support_filter_xz(reader_.get());
    archive_read_support_format_tar(reader_.get());
    archive_read_support_format_empty(reader_.get());
    check(archive_read_open(reader_.get(), this, nullptr, &TarReader::pull, nullptr));
  }

  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    check(status);
    return entry;
  }

  std::string_view data() {
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
      const int status = archive_read_data_block(reader_.get(), &data, &size, &offset);
      if (status == ARCHIVE_EOF) return {};
      check(status);
      // Sparse entries would need their holes filled; no tool writes images that way.
      if (offset != position_) refuse("sparse files are not supported");
      position_ += static_cast<la_int64_t>(size);
      if (size > 0) return {static_cast<const char*>(data), size};
    }
  }
  void begin_entry() { position_ = 0; }
  std::int64_t position() const { return position_; }

 private:
  void check(int status) {
    if (status >= ARCHIVE_WARN) return;
    if (thrown_) std::rethrow_exception(thrown_);
    const char* text = archive_error_string(reader_.get());
    refuse(text ? text : "not a tar archive");
  }

  static la_ssize_t pull(archive* a, void* self, const void** data) {
    auto* reader = static_cast<TarReader*>(self);
    try {
      const std::string_view piece = reader->source_();
      *data = piece.data();
      return static_cast<la_ssize_t>(piece.size());
    } catch (...) {
      reader->thrown_ = std::current_exception();
      archive_set_error(a, EIO, "source failed");
      return -1;
    }
  }

  const std::function<std::string_view()>& source_;
  std::exception_ptr thrown_;
  la_int64_t position_ = 0;
  std::unique_ptr<archive, FreeArchive> reader_{archive_read_new()};
};

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

std::string archive_path(std::string_view path, std::string_view base) {
  if (path.starts_with('/')) refuse("absolute path \"" + std::string(path) + "\"");
  if (path.find('\0') != std::string_view::npos) refuse("path with a NUL byte");
  std::vector<std::string> parts;
  for (const std::string_view from : {base, path})
    for (std::string& part : text::split(from, '/')) {
      if (part.empty() || part == ".") continue;
      if (part != "..") {
        parts.push_back(std::move(part));
        continue;
      }
      if (parts.empty()) refuse("path \"" + std::string(path) + "\" leaves it");
      parts.pop_back();
    }
  return text::join(parts, "/");
}

void ArchiveSpool::read(const std::function<std::string_view()>& source) {
  TarReader tar(source);
  std::size_t entries = 0;
  while (archive_entry* entry = tar.next()) {
    if (++entries > limits_.entries) refuse("too many entries");
    const char* name = archive_entry_pathname(entry);
    if (!name) refuse("entry without a name");
    const std::string path = archive_path(name);
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
        refuse("\"" + path + "\" is neither a file nor a directory");
    }
    tar.begin_entry();
    IncomingBlob blob = blobs_.begin();
    for (std::string_view piece = tar.data(); !piece.empty(); piece = tar.data())
      blob.append(piece.data(), piece.size());
    if (tar.position() != archive_entry_size(entry)) refuse("\"" + path + "\" is cut short");
    blob.finish();
    files_.erase(path);
    files_.emplace(path, std::move(blob));
  }
}

const std::string* ArchiveSpool::find_target(const std::string& path) const {
  const std::string* current = &path;
  for (int hop = 0; hop < 16; ++hop) {
    if (const auto file = files_.find(*current); file != files_.end()) return &file->first;
    const auto link = links_.find(*current);
    if (link == links_.end()) return nullptr;
    current = &link->second;
  }
  return nullptr;
}

bool ArchiveSpool::has(const std::string& path) const {
  return find_target(archive_path(path)) != nullptr;
}

IncomingBlob& ArchiveSpool::file(const std::string& path) {
  const std::string* target = find_target(archive_path(path));
  if (!target) refuse("\"" + path + "\" is missing");
  return files_.at(*target);
}

std::string ArchiveSpool::text(const std::string& path) {
  IncomingBlob& blob = file(path);
  if (blob.size() > limits_.json_bytes) refuse("\"" + path + "\" is too large");
  return file::read(blob.file());
}

}  // namespace gantry::images
