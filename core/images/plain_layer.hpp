// Reads a layer's plain tar out of whatever it is wrapped in: gzip, zstd, bzip2, xz, or nothing.
// One thread. Memory: libarchive's own buffers (about 128 KiB plus the codec's window). Errors:
// Error{invalid} for broken compression.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace gantry::images {

class PlainLayer {
 public:
  /// Reads from the descriptor's current position; borrows it.
  explicit PlainLayer(int fd);
  /// Pulls from a function that returns the next piece, empty at the end. The piece must stay valid
  /// until the next call. What it throws comes out of next().
  explicit PlainLayer(std::function<std::string_view()> source);
  ~PlainLayer();
  PlainLayer(const PlainLayer&) = delete;
  PlainLayer& operator=(const PlainLayer&) = delete;

  /// The next piece of the plain tar, valid until the next call; empty at its end.
  std::string_view next();
  /// Wrapped bytes consumed so far.
  std::uint64_t consumed() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class Wrapping { plain, gzip, zstd, bzip2, xz };
/// By the first bytes (6 are enough).
Wrapping detect_wrapping(std::string_view head);
/// The same for a file; its read position is not moved.
Wrapping detect_wrapping(int fd);

}  // namespace gantry::images
