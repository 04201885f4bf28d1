#include "core/services/images/image_list.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/base/error.hpp"
#include "core/build/name_pattern.hpp"
#include "core/domain/time_filter.hpp"

namespace gantry::services {
namespace {

// Only images strictly between these instants; 0: no bound.
struct Window {
  UnixNanos after = 0, before = 0;
  bool has(UnixNanos created) const {
    return (after == 0 || created > after) && (before == 0 || (created != 0 && created < before));
  }
};

Window window_of(const domain::FilterArgs& filters, const images::ImageStore& store) {
  Window window;
  const auto earlier = [&](UnixNanos time) {
    if (window.before == 0 || time < window.before) window.before = time;
  };
  for (const std::string& name : filters.get("before")) earlier(store.get(name)->created);
  for (const std::string& text : filters.get("until")) {
    const auto time = domain::parse_time_filter(text, now_nanos());
    if (!time) throw Error(Errc::invalid, "invalid filter 'until=[" + text + "]'");
    earlier(*time);
  }
  for (const std::string& name : filters.get("since"))
    window.after = std::max(window.after, store.get(name)->created);
  return window;
}

// Go's path.Match on "name:tag" or on the name alone: `*` stops at a slash.
bool matches(const std::string& pattern, const std::string& familiar) {
  if (::fnmatch(pattern.c_str(), familiar.c_str(), FNM_PATHNAME) == 0) return true;
  return ::fnmatch(pattern.c_str(), images::parse_reference(familiar).familiar_name().c_str(),
                   FNM_PATHNAME) == 0;
}

void check_patterns(const domain::FilterArgs& filters) {
  for (const std::string& pattern : filters.get("reference")) {
    try {
      build::NamePattern{pattern};
    } catch (const Error& error) {
      throw Error(Errc::invalid, "invalid filter 'reference=" + pattern + "': " + error.what());
    }
  }
}

std::vector<std::string> matching(const std::vector<std::string>& names,
                                  const domain::FilterArgs& filters) {
  if (!filters.has("reference")) return names;
  const std::vector<std::string>& patterns = filters.get("reference");
  std::vector<std::string> kept;
  for (const std::string& name : names)
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const auto& p) { return matches(p, name); }))
      kept.push_back(name);
  return kept;
}

// Without names and with children: a step on the way to others, whose layers are also theirs.
// Steps of BuildKit are no images.
std::vector<images::ImagePtr> without_intermediate(std::vector<images::ImagePtr> all,
                                                   const std::set<std::string>& parents) {
  std::erase_if(all, [&](const images::ImagePtr& image) {
    return image->is_step() || (image->dangling() && parents.count(image->id) > 0);
  });
  return all;
}

std::map<std::string, int> layer_counts(const std::vector<images::ImagePtr>& all) {
  std::map<std::string, int> counts;
  for (const images::ImagePtr& image : all)
    for (const images::ImageLayer& layer : image->layers) ++counts[layer.chain_id];
  return counts;
}

}  // namespace

std::vector<ListedImage> ImageList::run(const domain::FilterArgs& filters, bool shared_size,
                                        bool all) const {
  filters.allow({"before", "dangling", "label", "label!", "reference", "since", "until"});
  check_patterns(filters);
  const bool dangling_asked = filters.has("dangling");
  const bool dangling = filters.boolean("dangling", false);
  const Window window = window_of(filters, store_);
  const std::set<std::string> parents = store_.parents();
  const auto shown = all ? store_.list() : without_intermediate(store_.list(), parents);
  const auto counts = shared_size ? layer_counts(shown) : std::map<std::string, int>();

  std::vector<ListedImage> listed;
  for (const images::ImagePtr& image : shown) {
    if (dangling && (image->is_step() || parents.count(image->id) > 0)) continue;
    if (!window.has(image->created)) continue;
    if (!filters.labels_match(image->defaults.labels)) continue;
    if (filters.has("label!") && filters.labels_match(image->defaults.labels, "label!")) continue;
    ListedImage item;
    item.repo_tags = matching(image->repo_tags, filters);
    item.repo_digests = matching(image->repo_digests, filters);
    if (item.repo_tags.empty() && item.repo_digests.empty()) {
      if (filters.has("reference") || (dangling_asked && !dangling)) continue;
    } else if (dangling && !item.repo_tags.empty()) {
      continue;
    }
    item.containers = static_cast<std::int64_t>(uses_(image->id).size());
    if (shared_size) {
      item.shared_size = 0;
      for (const images::ImageLayer& layer : image->layers)
        if (counts.at(layer.chain_id) > 1)
          item.shared_size += static_cast<std::int64_t>(layer.unpacked_size);
    }
    if (const images::ImagePtr parent = store_.find_parent(*image)) item.parent = parent->id;
    item.image = image;
    listed.push_back(std::move(item));
  }
  std::stable_sort(listed.begin(), listed.end(), [](const ListedImage& a, const ListedImage& b) {
    return a.image->created > b.image->created;
  });
  return listed;
}

}  // namespace gantry::services
