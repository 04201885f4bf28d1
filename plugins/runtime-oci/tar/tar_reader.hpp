// A tar read from a descriptor, entry by entry: plain, gzip, bzip2, xz or zstd. Hostile input is
// expected: every fault of the archive is GANTRY_INVALID. Threads: one, the one that made it (its
// locale is set meanwhile).
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

#include "base/operation.hpp"
#include "layers/attributes.hpp"
#include "tar/locale.hpp"

namespace gantry::oci {

class TarReader {
 public:
  /// `fd` is read from its current position to EOF. `what` names the archive in errors ("layer").
  TarReader(int fd, const Operation& op, std::string what);

  /// The next entry, valid until the next call; null at the end, when the rest of the input has
  /// been read as well.
  archive_entry* next();
  /// The entry's name as bytes; never null.
  std::string name(archive_entry* entry) const;
  /// Writes the current entry's data to a new file; holes and runs of zeros become holes. Returns
  /// the file's size.
  std::uint64_t copy_data(archive_entry* entry, int file);

 private:
  class Input {
   public:
    Input(int fd, const Operation& op, const std::string& what);
    static la_ssize_t read_input(archive*, void* self, const void** data);
    void rethrow() const {
      if (failure_) std::rethrow_exception(failure_);
    }
    void drain() {
      while (read_some() > 0) {
      }
    }

   private:
    la_ssize_t read(const void** data) noexcept;
    std::size_t read_some();

    int fd_;
    const Operation& op_;
    const std::string& what_;
    std::unique_ptr<char[]> buffer_;
    bool regular_ = false;
    std::uint64_t done_ = 0, total_ = 0;
    std::exception_ptr failure_;
  };
  struct FreeArchive {
    void operator()(archive* a) const { ::archive_read_free(a); }
  };

  void check(int result);
  void write_block(int file, const char* data, std::size_t size, la_int64_t offset) const;

  const std::string what_;
  const Operation& op_;
  const ScopedLocale locale_ = ScopedLocale::bytes();
  Input input_;
  std::unique_ptr<archive, FreeArchive> archive_;
};

/// Owner, mode, time and extended attributes of an entry, without those that overlayfs keeps for
/// itself.
Attributes attributes_of(archive_entry* entry);

}  // namespace gantry::oci
