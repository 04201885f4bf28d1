#include "core/services/world/container_uses.hpp"

#include <exception>

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/base/scope_guard.hpp"

namespace gantry::services {

bool ContainerUses::when_unused(const std::string& id, std::function<void()> discard) {
  {
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = users_.try_emplace(id);
    if (!is_new && found->second.count == 0)
      throw Error(Errc::conflict, "files of container " + id + " are being removed");
    if (!is_new) {
      found->second.discard = std::move(discard);
      return false;
    }
  }
  const ScopeGuard done([&] { forget(id); });
  discard();
  return true;
}

void ContainerUses::begin(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = users_.try_emplace(id);
  if (!is_new && (found->second.count == 0 || found->second.discard))
    throw Error(Errc::not_found, "No such container: " + id);
  ++found->second.count;
}

void ContainerUses::end(const std::string& id) noexcept {
  std::function<void()> discard;
  {
    const std::lock_guard lock(mutex_);
    const auto found = users_.find(id);
    if (--found->second.count != 0) return;
    discard = std::move(found->second.discard);
    if (!discard) users_.erase(found);
  }
  if (!discard) return;
  try {
    discard();
  } catch (const std::exception& error) {
    log::error("container " + id +
               ": what it had stays until the engine starts again: " + error.what());
  }
  forget(id);
}

void ContainerUses::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  users_.erase(id);
}

}  // namespace gantry::services
