#include "core/build/copy_parents.hpp"

#include <map>

#include "core/base/error.hpp"
#include "core/base/text.hpp"

namespace gantry::build {
namespace {

constexpr std::string_view kPivot = "/./";

struct Source {
  std::string root, pattern;  // clean; what matches is below `root`, and keeps its name from there
};

std::string clean(const std::string& path) {
  const auto clean = clean_source(path);
  if (!clean)
    throw Error(Errc::invalid, "forbidden path outside the build context: " + path + " ()");
  return *clean;
}

std::string join(const std::string& directory, const std::string& path) {
  return directory.empty() || path.empty() ? directory + path : directory + "/" + path;
}

Source parse(const std::string& text) {
  const std::size_t pivot = text.find(kPivot);
  if (pivot == std::string::npos) return {"", clean(text)};
  return {clean(text.substr(0, pivot)), clean(text.substr(pivot + kPivot.size()))};
}

using Chosen = std::map<std::string, CopySource>;  // by name

// False: nothing was there.
bool choose_below(const SourceTree& tree, const std::string& root, const std::string& pattern,
                  Chosen& chosen) {
  PathPatterns wanted;
  // A name may begin with what takes back in a list.
  wanted.add(pattern.empty() ? "**" : (pattern.starts_with('!') ? "\\" : "") + pattern);
  const auto add = [&](const std::string& name, bool is_directory) {
    chosen[name] = {join(root, name), name, is_directory, true};
  };
  bool any = false;
  tree.each_below(root, [&](std::string_view path, const SourceFile& file) {
    if (!wanted.match(path)) return;
    any = true;
    const std::string name(path);
    for (std::size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1))
      add(name.substr(0, slash), true);
    add(name, file.is_directory());
  });
  return any;
}

}  // namespace

std::vector<std::string> places_of(const std::vector<std::string>& sources) {
  std::vector<std::string> places;
  for (const std::string& text : sources) {
    const Source source = parse(text);
    const std::string whole = join(source.root, source.pattern);
    std::vector<std::string> names;
    for (std::string& name : text::split(whole, '/')) {
      if (name == "**") break;
      names.push_back(std::move(name));
    }
    places.push_back(names.empty() ? "." : text::join(names, "/"));
  }
  return places;
}

std::vector<CopySource> choose_with_parents(const SourceTree& tree,
                                            const std::vector<std::string>& sources,
                                            const std::string& where) {
  Chosen chosen;
  for (const std::string& text : sources) {
    const Source source = parse(text);
    const std::string whole = join(source.root, source.pattern);
    std::vector<std::string> roots{source.root};
    if (has_wildcard(source.root)) roots = tree.match(source.root);
    bool any = source.pattern.empty();  // an empty directory is there, too
    for (const std::string& root : roots)
      if (const auto resolved = tree.resolve(root))
        any = choose_below(tree, *resolved, source.pattern, chosen) || any;
    // Links on the way are not followed behind the root.
    const bool is_there = any && tree.resolve(source.root);
    if (!is_there && !has_wildcard(whole)) throw missing_source(whole, where);
  }
  std::vector<CopySource> result;
  for (auto& [name, source] : chosen) result.push_back(std::move(source));
  return result;
}

}  // namespace gantry::build
