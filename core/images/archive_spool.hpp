// Takes a `docker load` archive apart: every regular file goes, hashed, to a temporary file of the
// blob store; links between entries are remembered. Hostile archives are refused: paths that leave
// the tree, special files, too many entries, JSON files beyond a limit. Belongs to one thread.
// Errors: Error{invalid}.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/images/blob_store.hpp"

namespace gantry::images {

struct SpoolLimits {
  std::size_t entries = 20'000;
  std::size_t json_bytes = 8u << 20;
};

/// Throws Error{invalid} that says what is wrong with an archive.
[[noreturn]] void refuse_archive(const std::string& why);

class ArchiveSpool {
 public:
  explicit ArchiveSpool(BlobStore& blobs, SpoolLimits limits = {})
      : blobs_(blobs), limits_(limits) {}

  /// Reads a tar, plain or compressed, from `source` (see PlainLayer) to its end.
  void read(const std::function<std::string_view()>& source);

  bool has(const std::string& path) const;
  /// The file at a path of the archive, links followed; throws Error{invalid} when there is none.
  IncomingBlob& file(const std::string& path);
  /// A small file's whole content.
  std::string text(const std::string& path);

 private:
  const std::string* find_target(std::string path) const;
  /// Where the first link on the way leads; nullopt: there is none.
  std::optional<std::string> follow(const std::string& path) const;

  BlobStore& blobs_;
  const SpoolLimits limits_;
  std::map<std::string, IncomingBlob> files_;  // by normalised path
  std::map<std::string, std::string> links_;   // path -> path, both normalised
};

/// A path inside an archive without "." and "..", relative to the archive, which an absolute one
/// begins at; throws Error{invalid} when it leaves
/// the tree.
std::string archive_path(std::string_view path, std::string_view base = {});

}  // namespace gantry::images
