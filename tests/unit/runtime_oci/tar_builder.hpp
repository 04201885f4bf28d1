// Tars for tests, hostile ones too: names and targets are written as given.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "base/fd.hpp"

class TarBuilder {
 public:
  using Edit = std::function<void(archive_entry*)>;

  explicit TarBuilder(int filter = ARCHIVE_FILTER_NONE)
      : fd_(::memfd_create("tar", MFD_CLOEXEC)), archive_(::archive_write_new()) {
    ::archive_write_set_format_pax_restricted(archive_);
    ::archive_write_add_filter(archive_, filter);
    if (::archive_write_open_fd(archive_, fd_.get()) != ARCHIVE_OK)
      throw std::runtime_error(::archive_error_string(archive_));
  }
  ~TarBuilder() { ::archive_write_free(archive_); }
  TarBuilder(const TarBuilder&) = delete;
  TarBuilder& operator=(const TarBuilder&) = delete;

  TarBuilder& file(const std::string& name, const std::string& data = "", unsigned mode = 0644,
                   const Edit& edit = {}) {
    return add(name, AE_IFREG | mode, edit, data);
  }
  TarBuilder& directory(const std::string& name, unsigned mode = 0755, const Edit& edit = {}) {
    return add(name, AE_IFDIR | mode, edit);
  }
  TarBuilder& symlink(const std::string& name, const std::string& target) {
    return add(name, AE_IFLNK | 0777u,
               [&](archive_entry* e) { ::archive_entry_set_symlink(e, target.c_str()); });
  }
  TarBuilder& hardlink(const std::string& name, const std::string& target) {
    return add(name, AE_IFREG | 0644u,
               [&](archive_entry* e) { ::archive_entry_set_hardlink(e, target.c_str()); });
  }
  TarBuilder& device(const std::string& name, unsigned type, dev_t number) {
    return add(name, type | 0600u, [&](archive_entry* e) { ::archive_entry_set_rdev(e, number); });
  }

  /// The archive, to be read from its start.
  gantry::oci::UniqueFd finish() {
    ::archive_write_close(archive_);
    ::lseek(fd_.get(), 0, SEEK_SET);
    return std::move(fd_);
  }

 private:
  TarBuilder& add(const std::string& name, unsigned mode, const Edit& edit,
                  const std::string& data = "") {
    archive_entry* entry = ::archive_entry_new();
    ::archive_entry_set_pathname(entry, name.c_str());
    ::archive_entry_set_mode(entry, mode);
    ::archive_entry_set_size(entry, static_cast<la_int64_t>(data.size()));
    ::archive_entry_set_mtime(entry, 1'600'000'000, 0);
    if (edit) edit(entry);
    if (::archive_write_header(archive_, entry) < ARCHIVE_WARN)
      throw std::runtime_error(::archive_error_string(archive_));
    if (!data.empty()) ::archive_write_data(archive_, data.data(), data.size());
    ::archive_entry_free(entry);
    return *this;
  }

  gantry::oci::UniqueFd fd_;
  archive* archive_;
};
