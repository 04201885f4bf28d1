// `docker builder prune`: removes caches of RUN --mount that nobody uses, and steps of BuildKit
// that no image was made from. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/domain/filter_args.hpp"
#include "core/services/builds/build_caches.hpp"
#include "core/services/builds/step_cache.hpp"
#include "core/state/event_bus.hpp"

namespace gantry::services {

class BuildPrune {
 public:
  /// `directory`: of the file system whose free space counts.
  BuildPrune(BuildCaches& caches, StepCache steps, state::EventBus& events,
             std::filesystem::path directory)
      : caches_(caches), steps_(steps), events_(events), directory_(std::move(directory)) {}

  /// In bytes; 0: not asked for. The longest unused go first, and no more of them than is needed.
  struct Limits {
    std::uint64_t reserved = 0;  // stay in any case
    std::uint64_t max_used = 0;
    std::uint64_t min_free = 0;
  };
  struct Result {
    std::vector<std::string> deleted;
    std::uint64_t freed_bytes = 0;
  };
  /// Filters of behaviours.md 9.12; Error{invalid} for others.
  Result run(const domain::FilterArgs& filters, const Limits& limits);
  /// Those that the filters fit.
  std::vector<BuildCaches::Record> find(const domain::FilterArgs& filters) const;

 private:
  std::vector<BuildCaches::Record> list() const;
  bool remove(const BuildCaches::Record& record);

  BuildCaches& caches_;
  StepCache steps_;
  state::EventBus& events_;
  const std::filesystem::path directory_;
};

}  // namespace gantry::services
