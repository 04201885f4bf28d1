#include "roots/root_uses.hpp"

#include <exception>

namespace gantry::oci {

void RootUses::when_unused(const std::string& id, std::function<void()> discard) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = users_.find(id); found != users_.end()) {
      if (!found->second.discard) found->second.discard = std::move(discard);
      return;
    }
  }
  discard();
}

void RootUses::begin(const std::string& id) {
  const std::lock_guard lock(mutex_);
  ++users_[id].count;
}

void RootUses::end(const std::string& id) noexcept {
  std::function<void()> discard;
  {
    const std::lock_guard lock(mutex_);
    const auto found = users_.find(id);
    if (--found->second.count != 0) return;
    discard = std::move(found->second.discard);
    users_.erase(found);
  }
  try {
    if (discard) discard();
  } catch (const std::exception&) {
    // Stays until the store opens again.
  }
}

}  // namespace gantry::oci
