#include "core/images/archive_writer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/locale_scope.hpp"

namespace gantry::images {
namespace {

constexpr std::size_t kTarBlock = 128u << 10;

constexpr std::int64_t kSecond = 1'000'000'000;

unsigned type_of(ArchiveEntry::Kind kind) {
  switch (kind) {
    case ArchiveEntry::Kind::file:
      return AE_IFREG;
    case ArchiveEntry::Kind::directory:
      return AE_IFDIR;
    case ArchiveEntry::Kind::symlink:
      return AE_IFLNK;
    case ArchiveEntry::Kind::fifo:
      return AE_IFIFO;
    case ArchiveEntry::Kind::character_device:
      return AE_IFCHR;
    case ArchiveEntry::Kind::block_device:
      return AE_IFBLK;
  }
  return AE_IFREG;
}

// Before 1970 the nanoseconds still count upwards.
void set_time(archive_entry* entry, UnixNanos time) {
  std::int64_t seconds = time / kSecond, nanos = time % kSecond;
  if (nanos < 0) {
    --seconds;
    nanos += kSecond;
  }
  archive_entry_set_mtime(entry, seconds, static_cast<long>(nanos));
}

struct FreeWriter {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};

}  // namespace

struct ArchiveWriter::Impl {
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  // Freeing an archive that is not finished writes its end.
  ~Impl() { abandoned = true; }

  Sink sink;
  std::exception_ptr thrown;
  bool abandoned = false;
  std::unique_ptr<archive, FreeWriter> writer{archive_write_new()};
  std::unique_ptr<archive_entry, FreeEntry> entry{archive_entry_new()};
  std::vector<char> buffer = std::vector<char>(kTarBlock);

  void check(la_ssize_t status) {
    if (thrown) std::rethrow_exception(thrown);
    if (status >= ARCHIVE_WARN) return;
    const char* text = archive_error_string(writer.get());
    throw Error(Errc::internal,
                std::string("cannot write archive: ") + (text ? text : "unknown error"));
  }

  // libarchive does not hear of a failure before it is freed: it would not free its buffer then.
  // check() throws it.
  static la_ssize_t push(archive*, void* self, const void* data, std::size_t size) {
    auto* impl = static_cast<Impl*>(self);
    try {
      if (impl->abandoned) return -1;  // else it would write all that an entry's head promised
      if (!impl->thrown) impl->sink({static_cast<const char*>(data), size});
    } catch (...) {
      impl->thrown = std::current_exception();
    }
    return static_cast<la_ssize_t>(size);
  }

  void header(const std::string& path, unsigned type, unsigned mode, std::uint64_t size) {
    archive_entry_clear(entry.get());
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), static_cast<mode_t>(mode));
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
    // The same images always give the same archive.
    archive_entry_set_mtime(entry.get(), 0, 0);
    check(archive_write_header(writer.get(), entry.get()));
  }

  archive_entry* describe(const std::string& path, const ArchiveEntry& given) const {
    archive_entry* e = archive_entry_clear(entry.get());
    archive_entry_set_pathname(e, path.c_str());
    archive_entry_set_filetype(e, type_of(given.kind));
    archive_entry_set_perm(e, static_cast<mode_t>(given.mode));
    archive_entry_set_uid(e, given.uid);
    archive_entry_set_gid(e, given.gid);
    set_time(e, given.mtime);
    return e;
  }

  void header(const std::string& path, const ArchiveEntry& given) {
    archive_entry* e = describe(path, given);
    if (given.kind == ArchiveEntry::Kind::file)
      archive_entry_set_size(e, static_cast<la_int64_t>(given.size));
    if (given.kind == ArchiveEntry::Kind::symlink) archive_entry_set_symlink(e, given.link.c_str());
    if (given.kind == ArchiveEntry::Kind::character_device ||
        given.kind == ArchiveEntry::Kind::block_device) {
      archive_entry_set_rdevmajor(e, static_cast<dev_t>(given.major));
      archive_entry_set_rdevminor(e, static_cast<dev_t>(given.minor));
    }
    for (const auto& [name, value] : given.attributes())
      archive_entry_xattr_add_entry(e, name.c_str(), value.data(), value.size());
    check(archive_write_header(writer.get(), e));
  }
};

ArchiveWriter::ArchiveWriter(Sink sink) : impl_(std::make_unique<Impl>()) {
  impl_->sink = std::move(sink);
  archive* a = impl_->writer.get();
  if (!a || !impl_->entry) throw Error(Errc::exhausted, "out of memory");
  archive_write_set_format_pax_restricted(a);
  // Of the two ways to write attributes the one that others read.
  archive_write_set_format_option(a, nullptr, "xattrheader", "SCHILY");
  archive_write_set_bytes_per_block(a, static_cast<int>(kTarBlock));
  archive_write_set_bytes_in_last_block(a, 1);
  impl_->check(archive_write_open(a, impl_.get(), nullptr, &Impl::push, nullptr));
}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::add_directory(const std::string& path) {
  impl_->header(path, AE_IFDIR, 0755, 0);
}

void ArchiveWriter::add_text(const std::string& path, std::string_view content) {
  impl_->header(path, AE_IFREG, 0644, content.size());
  impl_->check(archive_write_data(impl_->writer.get(), content.data(), content.size()));
}

void ArchiveWriter::add_file(const std::string& path, int fd, std::uint64_t size) {
  impl_->header(path, AE_IFREG, 0644, size);
  while (size > 0) {
    const ssize_t n = ::read(fd, impl_->buffer.data(),
                             static_cast<std::size_t>(std::min<std::uint64_t>(kTarBlock, size)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read " + path);
    if (n == 0) throw Error(Errc::internal, path + " is shorter than it should be");
    impl_->check(
        archive_write_data(impl_->writer.get(), impl_->buffer.data(), static_cast<std::size_t>(n)));
    size -= static_cast<std::uint64_t>(n);
  }
}

void ArchiveWriter::add(const std::string& path, const ArchiveEntry& entry, int fd,
                        std::uint64_t offset) {
  const LocaleScope locale = LocaleScope::utf8();
  impl_->header(path, entry);
  if (entry.kind != ArchiveEntry::Kind::file) return;
  for (std::uint64_t left = entry.size; left > 0;) {
    const ssize_t n = ::pread(fd, impl_->buffer.data(),
                              static_cast<std::size_t>(std::min<std::uint64_t>(kTarBlock, left)),
                              static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read " + path);
    if (n == 0) throw Error(Errc::internal, path + " is shorter than it should be");
    impl_->check(
        archive_write_data(impl_->writer.get(), impl_->buffer.data(), static_cast<std::size_t>(n)));
    left -= static_cast<std::uint64_t>(n);
    offset += static_cast<std::uint64_t>(n);
  }
}

void ArchiveWriter::add_link(const std::string& path, const std::string& first,
                             const ArchiveEntry& entry) {
  const LocaleScope locale = LocaleScope::utf8();
  archive_entry* e = impl_->describe(path, entry);
  archive_entry_set_hardlink(e, first.c_str());
  impl_->check(archive_write_header(impl_->writer.get(), e));
}

void ArchiveWriter::copy(archive_entry* entry, const std::function<std::string_view()>& content) {
  {
    const LocaleScope locale = LocaleScope::utf8();
    // The content comes with its holes filled, and not everyone reads sparse files.
    archive_entry_sparse_clear(entry);
    impl_->check(archive_write_header(impl_->writer.get(), entry));
  }
  if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) return;
  for (std::string_view piece = content(); !piece.empty(); piece = content())
    impl_->check(archive_write_data(impl_->writer.get(), piece.data(), piece.size()));
}

void ArchiveWriter::finish() { impl_->check(archive_write_close(impl_->writer.get())); }

}  // namespace gantry::images
