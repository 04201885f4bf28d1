// Small tars, compressed or not, built in memory for tests.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gantry::test {

class TarMaker {
 public:
  enum class Filter { none, gzip, zstd, bzip2, xz };
  explicit TarMaker(Filter filter = Filter::none) : archive_(archive_write_new()) {
    switch (filter) {
      case Filter::none:
        archive_write_add_filter_none(archive_);
        break;
      case Filter::gzip:
        archive_write_add_filter_gzip(archive_);
        break;
      case Filter::zstd:
        archive_write_add_filter_zstd(archive_);
        break;
      case Filter::bzip2:
        archive_write_add_filter_bzip2(archive_);
        break;
      case Filter::xz:
        archive_write_add_filter_xz(archive_);
        break;
    }
    archive_write_set_format_pax_restricted(archive_);
    archive_write_set_bytes_in_last_block(archive_, 1);
    if (archive_write_open(archive_, this, nullptr, &TarMaker::push, nullptr) != ARCHIVE_OK)
      throw std::runtime_error(archive_error_string(archive_));
  }
  TarMaker(const TarMaker&) = delete;
  TarMaker& operator=(const TarMaker&) = delete;
  ~TarMaker() { archive_write_free(archive_); }

  TarMaker& file(const std::string& path, const std::string& content) {
    header(path, AE_IFREG, content.size(), {}, {});
    archive_write_data(archive_, content.data(), content.size());
    return *this;
  }
  TarMaker& directory(const std::string& path) { return header(path, AE_IFDIR, 0, {}, {}); }
  TarMaker& symlink(const std::string& path, const std::string& to) {
    return header(path, AE_IFLNK, 0, to, {});
  }
  TarMaker& hardlink(const std::string& path, const std::string& to) {
    return header(path, AE_IFREG, 0, {}, to);
  }
  TarMaker& device(const std::string& path) { return header(path, AE_IFCHR, 0, {}, {}); }
  std::string take() {
    archive_write_close(archive_);
    return std::move(bytes_);
  }

 private:
  TarMaker& header(const std::string& path, unsigned type, std::size_t size,
                   const std::string& symlink, const std::string& hardlink) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(size));
    if (!symlink.empty()) archive_entry_set_symlink(entry, symlink.c_str());
    if (!hardlink.empty()) archive_entry_set_hardlink(entry, hardlink.c_str());
    archive_write_header(archive_, entry);
    archive_entry_free(entry);
    return *this;
  }
  static la_ssize_t push(archive*, void* self, const void* data, std::size_t size) {
    static_cast<TarMaker*>(self)->bytes_.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }
  archive* archive_;
  std::string bytes_;
};

inline std::string compress(const std::string& bytes, TarMaker::Filter filter) {
  archive* a = archive_write_new();
  std::string out;
  if (filter == TarMaker::Filter::gzip) archive_write_add_filter_gzip(a);
  if (filter == TarMaker::Filter::zstd) archive_write_add_filter_zstd(a);
  if (filter == TarMaker::Filter::bzip2) archive_write_add_filter_bzip2(a);
  if (filter == TarMaker::Filter::xz) archive_write_add_filter_xz(a);
  archive_write_set_format_raw(a);
  archive_write_set_bytes_in_last_block(a, 1);
  archive_write_open(
      a, &out, nullptr,
      [](archive*, void* self, const void* data, std::size_t size) {
        static_cast<std::string*>(self)->append(static_cast<const char*>(data), size);
        return static_cast<la_ssize_t>(size);
      },
      nullptr);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(a, entry);
  archive_write_data(a, bytes.data(), bytes.size());
  archive_entry_free(entry);
  archive_write_close(a);
  archive_write_free(a);
  return out;
}

/// A function that gives `bytes` in pieces, as request bodies come.
inline auto pieces_of(const std::string& bytes, std::size_t piece = 1000) {
  return [&bytes, piece, at = std::size_t{0}]() mutable {
    const std::string_view next = std::string_view(bytes).substr(std::min(at, bytes.size()), piece);
    at += next.size();
    return next;
  };
}

}  // namespace gantry::test
