#include "core/images/content_leases.hpp"

#include "core/base/error.hpp"

namespace gantry::images {

ContentLeases::Lease ContentLeases::take(const std::string& digest, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait(lock, stop, [&] { return taken_.count(digest) == 0; }))
    throw Error(Errc::cancelled, "context canceled");
  taken_.insert(digest);
  return Lease(*this, digest);
}

bool ContentLeases::is_taken(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  return taken_.count(digest) > 0;
}

ContentLeases::Lease::~Lease() {
  if (!leases_) return;
  {
    const std::lock_guard lock(leases_->mutex_);
    leases_->taken_.erase(digest_);
  }
  leases_->freed_.notify_all();
}

}  // namespace gantry::images
