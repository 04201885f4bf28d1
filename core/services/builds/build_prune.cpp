#include "core/services/builds/build_prune.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/services/base/prune_event.hpp"

namespace gantry::services {
namespace {

using Record = BuildCaches::Record;

class Choice {
 public:
  explicit Choice(const domain::FilterArgs& filters)
      : filters_(filters),
        until_(filters.has("until") ? filters.until() : filters.until("unused-for")) {
    filters.allow({"description", "id", "inuse", "label", "label!", "parent", "private", "shared",
                   "type", "until", "unused-for"});
  }
  bool fits(const Record& record) const {
    if (until_ != 0 && record.last_used > until_) return false;
    // One that is in use is never removed; none is shared, none has a parent.
    if (filters_.boolean("inuse", false) || filters_.boolean("shared", false)) return false;
    if (!filters_.boolean("private", true) || filters_.has("parent")) return false;
    return filters_.match("id", record.id) && filters_.exact_match("type", record.type) &&
           contains(record.description);
  }

 private:
  bool contains(const std::string& description) const {
    const auto& values = filters_.get("description");
    return values.empty() || std::any_of(values.begin(), values.end(), [&](const auto& value) {
             return description.find(value) != std::string::npos;
           });
  }

  const domain::FilterArgs& filters_;
  const UnixNanos until_;
};

std::uint64_t free_bytes(const std::filesystem::path& directory) {
  std::error_code error;
  const auto space = std::filesystem::space(directory, error);
  return error ? 0 : space.available;
}

}  // namespace

bool BuildPrune::remove(const Record& record) {
  return record.type == StepCache::kType ? steps_.remove(record.id) : caches_.remove(record.id);
}

std::vector<Record> BuildPrune::list() const {
  std::vector<Record> records = caches_.list();
  for (Record& step : steps_.list()) records.push_back(std::move(step));
  return records;
}

std::vector<Record> BuildPrune::find(const domain::FilterArgs& filters) const {
  const Choice choice(filters);
  std::vector<Record> records = list();
  std::erase_if(records, [&](const Record& record) { return !choice.fits(record); });
  return records;
}

BuildPrune::Result BuildPrune::run(const domain::FilterArgs& filters, const Limits& limits) {
  const Choice choice(filters);
  std::vector<Record> records = list();
  std::uint64_t total = 0;
  for (const Record& record : records) total += record.size;
  // A step stays behind those that were made from it.
  std::stable_sort(records.begin(), records.end(),
                   [](const Record& a, const Record& b) { return a.last_used < b.last_used; });
  const auto enough = [&] {
    if (total <= limits.reserved && limits.reserved != 0) return true;
    if (limits.max_used == 0 && limits.min_free == 0) return false;
    return (limits.max_used == 0 || total <= limits.max_used) &&
           (limits.min_free == 0 || free_bytes(directory_) >= limits.min_free);
  };
  Result result;
  for (const Record& record : records) {
    if (enough()) break;
    if (!choice.fits(record) || !remove(record)) continue;
    result.deleted.push_back(record.id);
    result.freed_bytes += record.size;
    total -= record.size;
  }
  publish_prune_event(events_, "builder", static_cast<std::int64_t>(result.freed_bytes));
  return result;
}

}  // namespace gantry::services
