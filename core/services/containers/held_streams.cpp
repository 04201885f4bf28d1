#include "core/services/containers/held_streams.hpp"

#include <utility>

#include "core/base/notifier.hpp"

namespace gantry::services {

void HeldStreams::hold(const std::string& container_id, HeldStream stream) {
  const std::lock_guard lock(mutex_);
  auto& held = held_[container_id];
  std::erase_if(held, [](const HeldStream& s) { return Peer(s.fd.get()).gone(); });
  held.push_back(std::move(stream));
}

std::vector<HeldStream> HeldStreams::take(const std::string& container_id) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(container_id);
  if (found == held_.end()) return {};
  std::vector<HeldStream> streams = std::move(found->second);
  held_.erase(found);
  return streams;
}

void HeldStreams::drop(const std::string& container_id) { take(container_id); }

void HeldStreams::clear() {
  const std::lock_guard lock(mutex_);
  held_.clear();
}

}  // namespace gantry::services
