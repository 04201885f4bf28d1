#include "core/services/builds/step_cache.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

namespace gantry::services {
namespace {

using Record = BuildCaches::Record;
using images::ImagePtr;

constexpr std::string_view kAlgorithm = "sha256:";

std::size_t depth(const images::ImageStore& store, ImagePtr step) {
  std::size_t steps = 0;
  while ((step = store.find_base(*step))) ++steps;
  return steps;
}

}  // namespace

// Bases before what was made from them.
std::vector<ImagePtr> StepCache::find() const {
  const images::ImageStore& store = images_.store;
  std::set<std::string> kept;
  std::multimap<std::size_t, ImagePtr> found;
  const std::vector<ImagePtr> all = store.list();
  for (const ImagePtr& image : all) {
    if (image->is_step()) continue;
    for (ImagePtr base = store.find_base(*image); base && base->is_step();
         base = store.find_base(*base))
      if (!kept.insert(base->id).second) break;
  }
  for (const ImagePtr& image : all)
    if (image->is_step() && !kept.contains(image->id)) found.emplace(depth(store, image), image);
  std::vector<ImagePtr> steps;
  for (auto& [_, step] : found) steps.push_back(std::move(step));
  return steps;
}

std::vector<Record> StepCache::list() const {
  std::set<std::string> seen;
  for (const ImagePtr& image : images_.store.list())
    if (!image->is_step())
      for (const images::ImageLayer& layer : image->layers) seen.insert(layer.chain_id);
  const std::vector<ImagePtr> steps = find();
  std::vector<Record> records;
  for (const ImagePtr& step : steps) {
    Record record;
    record.id = step->id.substr(kAlgorithm.size());
    record.type = kType;
    record.description = step->built_by;
    record.created = record.last_used = step->created;
    record.in_use = images_.store.is_pinned(step->id);
    for (const images::ImageLayer& layer : step->layers)
      if (seen.insert(layer.chain_id).second) record.size += layer.unpacked_size;
    records.push_back(std::move(record));
  }
  std::map<std::string, UnixNanos> used;
  for (std::size_t i = records.size(); i-- > 0;) {
    records[i].last_used = std::max(records[i].last_used, used[steps[i]->id]);
    UnixNanos& base = used[steps[i]->parent];
    base = std::max(base, records[i].last_used);
  }
  std::ranges::reverse(records);
  return records;
}

bool StepCache::remove(const std::string& id) {
  return images_.remove.remove_step(std::string(kAlgorithm) + id);
}

}  // namespace gantry::services
