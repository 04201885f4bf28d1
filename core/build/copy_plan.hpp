// What COPY and ADD put where: sources chosen from a tree, and the entries they become in the
// image. Looks at nothing but the tree. Errors: Error{invalid}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/build/mode_change.hpp"
#include "core/build/path_patterns.hpp"
#include "core/build/source_tree.hpp"

namespace gantry::build {

struct CopySource {
  std::string path;  // in the tree, links followed
  std::string name;  // what it is called in a directory; with is_alone below the target
  bool is_directory = false;
  bool is_alone = false;  // what is in it is chosen by itself
};

struct CopyOptions {
  std::optional<std::pair<std::uint32_t, std::uint32_t>> owner;  // none: as the sources say
  std::optional<ModeChange> mode;                                // likewise
  PathPatterns exclude;  // of what is below source directories, and of names
};

/// The place for the copies, as the image has it.
struct CopyTarget {
  std::string path;  // absolute, links followed; "/" is the root
  bool exists = false, is_directory = false;
  bool wants_directory = false;              // written with a slash at its end
  std::vector<std::string> missing_parents;  // absolute, uppermost first; without `path`
};

/// A source that is not there.
class MissingSource : public Error {
 public:
  MissingSource(const std::string& message, std::string path)
      : Error(Errc::invalid, message), path_(std::move(path)) {}
  /// Relative, clean.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// `where`: as below.
MissingSource missing_source(const std::string& path, const std::string& where);
/// `where`: what the sources are looked for in, for errors ("build context"). Wildcards that match
/// nothing give nothing.
std::vector<CopySource> choose_sources(const SourceTree& tree,
                                       const std::vector<std::string>& patterns,
                                       const std::string& where);

/// "file:<hex>", "dir:<hex>" or "multi:<hex>": the same for the same names, kinds, permissions,
/// owners and contents.
std::string digest_of(const SourceTree& tree, const std::vector<CopySource>& sources,
                      const CopyOptions& options);

struct CopyItem {
  std::string path;  // relative to the image's root
  images::ArchiveEntry entry;
  std::uint64_t offset = 0;
  std::string first;  // the item that this is another name of; empty: it has its own content
};

/// In the order in which they are to be made. `now`: the time of directories that no source
/// describes. Hard links of one source directory stay links.
std::vector<CopyItem> plan_copy(const SourceTree& tree, const std::vector<CopySource>& sources,
                                const CopyTarget& target, const CopyOptions& options,
                                UnixNanos now);

/// The items as a tar.
void write_items(const SourceTree& tree, const std::vector<CopyItem>& items,
                 const images::ArchiveWriter::Sink& sink);

}  // namespace gantry::build
