#include "guest_writer.hpp"

#include <gantry/cpp/container_files.hpp>

namespace net_hosts {

namespace sdk = gantry::sdk;

void GuestWriter::replace(const std::string& id, const std::string& block) const {
  const std::string present = files_.read(id, "/etc/hosts");
  const std::string text = sdk::files::with_block(present, block);
  if (text != present) files_.replace(id, "/etc/hosts", text);
}

void GuestWriter::update(const std::string& id,
                         const std::function<std::optional<std::string>()>& block) {
  if (!files_ || !files_.can_read()) return;
  std::unique_lock lock(mutex_);
  const auto it = targets_.find(id);
  if (it == targets_.end()) return;  // not started yet: the host will ask for its file
  Target& target = it->second;       // stays while it is busy
  if (target.busy) {
    target.again = true;  // whoever writes will look again
    return;
  }
  target.busy = true;
  for (;;) {
    target.again = false;
    lock.unlock();
    const auto wanted = block();
    lock.lock();
    if (!wanted || target.written == *wanted) {
      if (target.again) continue;
      break;
    }
    lock.unlock();
    bool done = false;
    try {
      replace(id, *wanted);
      done = true;
    } catch (const sdk::Error& e) {
      // A container that is being started or is on its way out; it gets the file at its next start.
      host_.debug("hosts file of " + id + " not replaced: " + e.what());
    }
    lock.lock();
    if (done) target.written = *wanted;
    if (!target.again) break;
  }
  target.busy = false;
  if (target.forgotten) targets_.erase(id);
}

void GuestWriter::written(const std::string& id, const std::string& block) {
  const std::lock_guard lock(mutex_);
  targets_[id].written = block;
  targets_[id].forgotten = false;
}

void GuestWriter::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto it = targets_.find(id);
  if (it == targets_.end()) return;
  if (it->second.busy)
    it->second.forgotten = true;
  else
    targets_.erase(it);
}

}  // namespace net_hosts
