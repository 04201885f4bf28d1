// Writes an uncompressed tar piece by piece to a function: `docker save`. Belongs to one thread.
// Buffers 128 KiB. What the sink throws comes out of the calls here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace gantry::images {

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
  /// Writes the end of the archive. Without it the destructor leaves it cut short.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gantry::images
