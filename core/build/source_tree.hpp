// Files that COPY and ADD take from: the build context, or what another image holds. They come as a
// tar, once; the contents lie in one file without a name, hashed as they come, the entries in
// memory. Paths are relative to its root, without "." and ".."; "" is the root. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/unique_fd.hpp"
#include "core/images/archive_writer.hpp"
#include "core/images/tar_reader.hpp"

namespace gantry::build {

struct SourceFile {
  images::ArchiveEntry entry;
  std::uint64_t offset = 0;    // in the file of contents
  std::string digest;          // of a file's content: 64 hex digits
  bool lacks_content = false;  // nothing but the digest is known
  bool is_other_name = false;  // of a file whose content this one shares

  bool is_directory() const { return entry.kind == images::ArchiveEntry::Kind::directory; }
  bool is_symlink() const { return entry.kind == images::ArchiveEntry::Kind::symlink; }
};

/// A copy keeps what the tree had then; it shares the file of contents, and only the newest of them
/// is added to.
class SourceTree {
 public:
  /// `directory`: where the contents are kept.
  explicit SourceTree(const std::filesystem::path& directory);

  /// Reads a tar, plain or compressed, to its end. A name below what is no directory makes one of
  /// it. Throws Error{invalid} for what is none, for names that leave the tree and for what is more
  /// than can be kept.
  void read(const images::TarReader::Source& source);
  /// The same for those entries whose path is wanted. Gives the paths of which the content came
  /// under another name that was not.
  std::vector<std::string> read_some(const images::TarReader::Source& source,
                                     const std::function<bool(const std::string&)>& is_wanted);
  /// Adds one file, in place of what was there. Throws Error{invalid} for a path that is none.
  void add_file(const std::string& path, const images::ArchiveEntry& entry,
                const images::TarReader::Source& content);

  /// Adds a file of which the digest is known, with the content if that lies here under this path.
  /// False: it does not; then nothing is added, unless the digest suffices.
  bool add_known(const std::string& path, const images::ArchiveEntry& entry,
                 const std::string& digest, bool suffices);
  /// Adds what has no content: a directory, a link, a device. Throws likewise.
  void add(const std::string& path, const images::ArchiveEntry& entry);
  /// Adds another name of a file; false: `target` is none.
  bool add_link(const std::string& path, const std::string& target);

  /// Null: nothing is there. Links are not followed.
  const SourceFile* find(const std::string& path) const;
  /// Where a path leads to with all links followed inside the tree; nullopt: nothing is there.
  std::optional<std::string> resolve(std::string_view path) const;
  /// Paths that match a pattern (source_pattern.hpp), sorted; links in front of the first wildcard
  /// are followed. Throws Error{invalid} for a pattern that is none.
  std::vector<std::string> match(const std::string& pattern) const;
  /// What is below a directory, parents first: path relative to it, and the file.
  void each_below(const std::string& directory,
                  const std::function<void(std::string_view, const SourceFile&)>& visit) const;

  /// Whether it, or a file below it, lacks its content.
  bool lacks_content(const std::string& path) const;

  /// The whole content; throws Error{invalid} when it is larger than `limit` bytes.
  std::string text(const SourceFile& file, std::uint64_t limit) const;
  /// True for a file that is a tar, plain or compressed, with something in it.
  bool is_archive(const SourceFile& file) const;
  /// Gives the content piece by piece, as TarReader wants it. The tree outlives it.
  images::TarReader::Source content(const SourceFile& file) const;
  int fd() const { return contents_->get(); }
  void remove(const std::string& path);

 private:
  void add_parents(const std::string& path);
  void store(SourceFile& file, const std::function<std::string_view()>& next);
  bool add_entry(images::TarReader& tar, archive_entry* entry, const std::string& path);
  void put(const std::string& path, SourceFile file);
  void keep(const std::string& path, SourceFile file);
  void charge(std::size_t bytes);

  std::shared_ptr<const UniqueFd> contents_;
  std::uint64_t end_ = 0;
  std::size_t entry_bytes_ = 0;  // what the entries need, more or less
  std::map<std::string, SourceFile> files_;
};

/// A path without "." and ".."; nullopt: it climbs out. A leading slash is the root.
std::optional<std::string> clean_source(std::string_view path);
/// The same, but what climbs out stays in the root.
std::string source_below_root(std::string_view path);

}  // namespace gantry::build
