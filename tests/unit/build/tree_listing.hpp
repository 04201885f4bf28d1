// What is in a source tree, as text.
#pragma once

#include <string>
#include <string_view>

#include "core/build/source_tree.hpp"

namespace gantry::test {

/// "a/ a/b=content l->x", without the root.
inline std::string listing(const build::SourceTree& tree) {
  std::string text;
  tree.each_below("", [&](std::string_view path, const build::SourceFile& file) {
    text += (text.empty() ? "" : " ") + std::string(path);
    if (file.is_directory())
      text += "/";
    else if (file.is_symlink())
      text += "->" + file.entry.link;
    else
      text += "=" + tree.text(file, 1u << 20);
  });
  return text;
}

}  // namespace gantry::test
