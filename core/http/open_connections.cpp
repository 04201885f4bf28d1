#include "core/http/open_connections.hpp"

#include <sys/socket.h>

namespace gantry::http {

bool OpenConnections::enter(int fd, const std::atomic<Phase>& phase) {
  const std::lock_guard lock(mutex_);
  if (closing_) return false;
  open_.emplace(fd, &phase);
  return true;
}

bool OpenConnections::leave(int fd) {
  const std::lock_guard lock(mutex_);
  open_.erase(fd);
  return !closing_;
}

void OpenConnections::close_gently() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  for (const auto& [fd, phase] : open_)
    ::shutdown(fd, phase->load(std::memory_order_relaxed) == Phase::handling ? SHUT_RD : SHUT_RDWR);
}

void OpenConnections::close_all() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  for (const auto& [fd, phase] : open_) ::shutdown(fd, SHUT_RDWR);
}

size_t OpenConnections::size() const {
  const std::lock_guard lock(mutex_);
  return open_.size();
}

}  // namespace gantry::http
