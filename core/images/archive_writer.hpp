// Writes an uncompressed tar piece by piece to a function: `docker save`, and the files that a
// build copies. Belongs to one thread. Buffers 128 KiB. What the sink throws comes out of the calls
// here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/time.hpp"

struct archive_entry;

namespace gantry::images {

/// An entry with all that an image keeps of a file.
struct ArchiveEntry {
  using Attributes = std::vector<std::pair<std::string, std::string>>;
  enum class Kind { file, directory, symlink, fifo, character_device, block_device };
  Kind kind = Kind::file;
  std::uint32_t mode = 0644;  // permissions, with set-id and sticky bits
  std::uint32_t uid = 0, gid = 0;
  UnixNanos mtime = 0;
  std::uint64_t size = 0;                    // of a file
  std::string link;                          // where a symbolic link leads
  std::uint32_t major = 0, minor = 0;        // of a device
  std::shared_ptr<const Attributes> xattrs;  // one for all names of a file; null: none

  const Attributes& attributes() const {
    static const Attributes kNone;
    return xattrs ? *xattrs : kNone;
  }
};

class ArchiveWriter {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit ArchiveWriter(Sink sink);
  ~ArchiveWriter();

  void add_directory(const std::string& path);
  void add_text(const std::string& path, std::string_view content);
  /// Exactly `size` bytes from the descriptor's position; throws Error{internal} when there are
  /// fewer.
  void add_file(const std::string& path, int fd, std::uint64_t size);
  /// With `entry.size` bytes of the descriptor from `offset` on, when it is a file; its position is
  /// not moved.
  void add(const std::string& path, const ArchiveEntry& entry, int fd, std::uint64_t offset);
  /// Another name of the file that was added as `first`; `entry` describes it as it did there.
  void add_link(const std::string& path, const std::string& first, const ArchiveEntry& entry);
  /// An entry as another archive has it. `content` gives its data in pieces, an empty one at the
  /// end.
  void copy(archive_entry* entry, const std::function<std::string_view()>& content);
  /// Writes the end of the archive. Without it the destructor leaves it cut short.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::images
