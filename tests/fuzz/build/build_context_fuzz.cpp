// A build context of anything, and patterns that choose from it: lines up to an empty one, then the
// tar. Refused with Error{invalid}, or a tree whose paths stay inside of it, out of which copies
// are planned and written that are read again as what they are.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/text.hpp"
#include "core/build/copy_plan.hpp"
#include "core/build/source_tree.hpp"
#include "tests/fuzz/check.hpp"

using namespace gantry;

namespace {

// In memory where that can be had: every input makes files.
struct Scratch {
  std::filesystem::path path;
  Scratch() {
    char in_memory[] = "/dev/shm/gfXXXXXX", on_disk[] = "/tmp/gfXXXXXX";
    const char* made = ::mkdtemp(in_memory);
    if (made == nullptr) made = ::mkdtemp(on_disk);
    FUZZ_CHECK(made != nullptr);
    path = made;
  }
  ~Scratch() { file::remove_tree(path); }
};

// A header's checksum would turn most inputs away at the door.
std::string with_checksums(std::string_view tar) {
  std::string result(tar);
  for (std::size_t at = 0; at + 512 <= result.size(); at += 512) {
    if (result.compare(at + 257, 5, "ustar") != 0) continue;
    result.replace(at + 148, 8, 8, ' ');
    unsigned sum = 0;
    for (std::size_t i = 0; i < 512; ++i) sum += static_cast<unsigned char>(result[at + i]);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    result.replace(at + 148, 7, digits, 7);
  }
  return result;
}

images::TarReader::Source pieces_of(std::string_view bytes) {
  return [bytes]() mutable {
    const std::string_view piece = bytes.substr(0, 700);
    bytes.remove_prefix(piece.size());
    return piece;
  };
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

void check_tree(const build::SourceTree& tree) {
  FUZZ_CHECK(tree.find("") != nullptr && tree.find("")->is_directory());
  tree.each_below("", [&](std::string_view name, const build::SourceFile& file) {
    const std::string path(name);
    FUZZ_CHECK(build::clean_source(path) == path && tree.find(path) == &file);
    const build::SourceFile* parent = tree.find(parent_of(path));
    FUZZ_CHECK(parent != nullptr && parent->is_directory());
    const auto resolved = tree.resolve(path);
    FUZZ_CHECK(!resolved || !tree.find(*resolved)->is_symlink());
    FUZZ_CHECK(file.is_symlink() || resolved == path);
    if (tree.is_archive(file)) FUZZ_CHECK(file.entry.size > 0);
  });
}

std::vector<build::CopySource> choose(const build::SourceTree& tree,
                                      const std::vector<std::string>& patterns) {
  std::vector<build::CopySource> sources;
  for (const std::string& pattern : patterns) {
    try {
      for (const std::string& path : tree.match(pattern)) FUZZ_CHECK(tree.find(path) != nullptr);
      for (const auto& source : build::choose_sources(tree, {pattern}, "build context"))
        sources.push_back(source);
    } catch (const Error& e) {
      FUZZ_CHECK(e.code() == Errc::invalid);
    }
  }
  return sources;
}

build::CopyOptions options_of(const std::vector<std::string>& patterns) {
  build::CopyOptions options;
  for (const std::string& pattern : patterns) {
    try {
      options.exclude.add(pattern);
    } catch (const Error& e) {
      FUZZ_CHECK(e.code() == Errc::invalid);
    }
  }
  FUZZ_CHECK(!options.exclude.match(""));
  return options;
}

void check_copy(const std::filesystem::path& directory, const build::SourceTree& tree,
                const std::vector<build::CopySource>& sources, const build::CopyOptions& options) {
  build::CopyTarget target;
  target.path = "/to/here";
  target.missing_parents = {"/to"};
  target.wants_directory = true;
  const auto items = build::plan_copy(tree, sources, target, options, 1);
  std::set<std::string> made{""};
  for (const build::CopyItem& item : items) {
    FUZZ_CHECK(item.path.starts_with("to") && build::clean_source(item.path) == item.path);
    // But for what is excluded, a directory comes before what is in it.
    FUZZ_CHECK(!options.exclude.empty() || made.contains(parent_of(item.path)));
    made.insert(item.path);
  }
  std::string tar;
  build::write_items(tree, items, [&](std::string_view piece) { tar += piece; });
  build::SourceTree again(directory);
  again.read(pieces_of(tar));
  // The last of a path counts, and a file in place of a directory hides what was in it.
  if (!items.empty())
    FUZZ_CHECK(again.find(items.back().path)->entry.size == items.back().entry.size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, size_t size) {
  static const Scratch scratch;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t gap = input.find("\n\n");
  std::vector<std::string> patterns = {"."};
  if (gap != input.npos) patterns = text::split(input.substr(0, gap), '\n');
  if (patterns.size() > 8) patterns.resize(8);
  const std::string tar = with_checksums(gap == input.npos ? input : input.substr(gap + 2));
  try {
    build::SourceTree tree(scratch.path);
    tree.read(pieces_of(tar));
    check_tree(tree);
    const auto sources = choose(tree, patterns);
    const build::CopyOptions excluding = options_of(patterns);
    FUZZ_CHECK(build::digest_of(tree, sources, excluding) ==
               build::digest_of(tree, sources, excluding));
    check_copy(scratch.path, tree, sources, {});
    check_copy(scratch.path, tree, sources, excluding);
  } catch (const Error& e) {
    FUZZ_CHECK(e.code() == Errc::invalid);
  }
  return 0;
}
