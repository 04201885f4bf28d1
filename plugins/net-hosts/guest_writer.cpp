#include "guest_writer.hpp"

namespace net_hosts {

namespace sdk = gantry::sdk;

void GuestWriter::update(const std::string& id,
                         const std::function<std::optional<std::string>()>& content) {
  if (!files_) return;
  std::unique_lock lock(mutex_);
  if (targets_[id].busy) {
    targets_[id].again = true;  // whoever writes will look again
    return;
  }
  targets_[id].busy = true;
  for (;;) {
    targets_[id].again = false;
    lock.unlock();
    const auto text = content();
    lock.lock();
    if (!text || targets_[id].written == *text) {
      if (targets_[id].again) continue;
      break;
    }
    lock.unlock();
    bool done = false;
    try {
      files_.replace(id, "/etc/hosts", *text);
      done = true;
    } catch (const sdk::Error& e) {
      // A container that is being started or is on its way out; it gets the file at its next start.
      host_.debug("hosts file of " + id + " not replaced: " + e.what());
    }
    lock.lock();
    if (done) targets_[id].written = *text;
    if (!targets_[id].again) break;
  }
  targets_[id].busy = false;
}

void GuestWriter::written(const std::string& id, const std::string& content) {
  const std::lock_guard lock(mutex_);
  targets_[id].written = content;
}

void GuestWriter::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto it = targets_.find(id);
  if (it == targets_.end()) return;
  if (it->second.busy)
    it->second.written.clear();
  else
    targets_.erase(it);
}

}  // namespace net_hosts
