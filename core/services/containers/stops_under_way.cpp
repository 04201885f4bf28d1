#include "core/services/containers/stops_under_way.hpp"

#include <utility>

#include "core/services/world/container_events.hpp"

namespace gantry::services {

StopsUnderWay::Mark::Mark(StopsUnderWay& stops, std::string id)
    : stops_(stops), id_(std::move(id)) {
  const std::lock_guard lock(stops_.mutex_);
  stops_.marks_.emplace(id_, this);
}

StopsUnderWay::Mark::~Mark() {
  const std::lock_guard lock(stops_.mutex_);
  std::erase_if(stops_.marks_, [this](const auto& entry) { return entry.second == this; });
}

bool StopsUnderWay::Mark::told() const {
  const std::lock_guard lock(stops_.mutex_);
  return told_;
}

void StopsUnderWay::tell(state::EventBus& events, const domain::ContainerRecord& ended) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = marks_.equal_range(ended.id);
  for (auto mark = begin; mark != end; ++mark)
    if (!std::exchange(mark->second->told_, true)) publish_container_event(events, ended, "stop");
}

}  // namespace gantry::services
