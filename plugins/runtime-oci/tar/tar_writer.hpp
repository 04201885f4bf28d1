// A POSIX pax tar written to a descriptor, entry by entry, whose reader may stall or leave:
// GANTRY_CANCELLED then. Threads: one, the one that made it (its locale and its mask of signals are
// set meanwhile).
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <signal.h>
#include <sys/stat.h>

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/operation.hpp"
#include "tar/locale.hpp"

namespace gantry::oci {

class TarWriter {
 public:
  TarWriter(int fd, const Operation& op);
  ~TarWriter() { abandoned_ = true; }
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  /// Writes what `file` (O_PATH or open, the thing itself and not what a link leads to) is, under
  /// `name`: attributes, and a regular file's content. A file with several links that came before
  /// is written as a link to that name. Sockets are left out.
  void add(int file, const struct stat& status, const std::string& name);
  /// An empty regular file (an OCI whiteout).
  void add_marker(const std::string& name);
  /// The archive's end. Without it the archive is incomplete.
  void finish();

 private:
  // A reader that went away must show as EPIPE, whatever the host does with SIGPIPE.
  class NoPipeSignal {
   public:
    NoPipeSignal();
    ~NoPipeSignal();
    NoPipeSignal(const NoPipeSignal&) = delete;
    NoPipeSignal& operator=(const NoPipeSignal&) = delete;

   private:
    sigset_t pipe_, before_;
  };
  struct FreeArchive {
    void operator()(archive* a) const { ::archive_write_free(a); }
  };
  struct FreeEntry {
    void operator()(archive_entry* e) const { ::archive_entry_free(e); }
  };

  static la_ssize_t write_callback(archive*, void* self, const void* data, std::size_t size);
  ssize_t write_some(const char* data, std::size_t size) const;
  void check(long result);
  bool add_link(const struct stat& status, const std::string& name);
  void copy(int file, const std::string& name, std::uint64_t size);

  const int fd_;
  const Operation& op_;
  const NoPipeSignal no_signal_;
  const ScopedLocale locale_ = ScopedLocale::utf8();
  std::exception_ptr failure_;
  bool abandoned_ = false;
  std::vector<char> buffer_;
  std::map<std::pair<dev_t, ino_t>, std::string> links_;
  std::unique_ptr<archive_entry, FreeEntry> entry_;
  // Last, so that it goes first: freeing an archive that is not finished writes its end, which is
  // refused then.
  std::unique_ptr<archive, FreeArchive> archive_;
};

}  // namespace gantry::oci
