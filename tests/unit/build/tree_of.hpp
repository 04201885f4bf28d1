// Source trees from tars made in memory, and what is in them as text.
#pragma once

#include <memory>
#include <string>

#include "core/build/source_tree.hpp"
#include "tests/unit/build/tree_listing.hpp"
#include "tests/unit/images/expect.hpp"
#include "tests/unit/images/raw_tar.hpp"
#include "tests/unit/images/tar_maker.hpp"
#include "tests/unit/temporary_directory.hpp"

namespace gantry::test {

class TreeOf {
 public:
  explicit TreeOf(const std::string& tar) : tree(directory_.path()) { tree.read(pieces_of(tar)); }
  explicit TreeOf(const std::vector<RawEntry>& entries) : TreeOf(raw_tar_of(entries)) {}

  /// "a/ a/b=content l->x", without the root.
  std::string listing() const { return test::listing(tree); }

 private:
  TemporaryDirectory directory_;

 public:
  build::SourceTree tree;
};

/// Why a tar is refused, without "invalid build context: ".
inline std::string refusal(const std::string& tar) {
  const std::string error = error_text(Errc::invalid, [&] { TreeOf{tar}; });
  const std::string before = "invalid build context: ";
  return error.starts_with(before) ? error.substr(before.size()) : error;
}

}  // namespace gantry::test
