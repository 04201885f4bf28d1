#include "guest_writer.hpp"

#include <exception>
#include <gantry/cpp/container_files.hpp>

namespace net_hosts {

namespace sdk = gantry::sdk;

namespace {

/// A container that is being started or is on its way out: it gets the file at its next start.
bool does_not_run(const sdk::Error& error) {
  return error.code() == GANTRY_NOT_FOUND || error.code() == GANTRY_UNAVAILABLE;
}

}  // namespace

// What a user writes between the two calls is lost: the file can't be locked against a container.
void GuestWriter::replace(const std::string& id, const std::string& block) const {
  const std::string present = files_.read(id, "/etc/hosts");
  const std::string text = sdk::files::with_block(present, block);
  if (text != present) files_.replace(id, "/etc/hosts", text);
}

void GuestWriter::update(const std::string& id, const Block& block) {
  bring_up_to_date(id, block, Attempt::first);
}

void GuestWriter::bring_up_to_date(const std::string& id, const Block& block, Attempt attempt) {
  if (!files_ || !files_.can_read()) return;
  std::unique_lock lock(mutex_);
  const auto it = targets_.find(id);
  if (it == targets_.end()) return;  // not started yet: the host will ask for its file
  Target& target = it->second;       // stays while it is busy
  if (attempt == Attempt::second) target.waits = false;
  if (target.busy) {
    target.again = true;  // whoever writes will look again
    return;
  }
  target.busy = true;
  bool done = false;
  for (;;) {
    target.again = false;
    done = write(id, block, target, lock, attempt);
    if (!target.again) break;
    attempt = Attempt::first;  // of what has changed meanwhile
  }
  target.busy = false;
  if (target.forgotten)
    targets_.erase(it);
  else if (!done && attempt == Attempt::first)
    try_later(id, block, target);
}

bool GuestWriter::write(const std::string& id, const Block& block, Target& target,
                        std::unique_lock<std::mutex>& lock, Attempt attempt) {
  const std::string before = target.written;
  lock.unlock();
  std::optional<std::string> put;
  std::string fault;
  try {
    const auto wanted = block();
    if (wanted && *wanted != before) {
      replace(id, *wanted);
      put = wanted;
    }
  } catch (const sdk::Error& e) {
    if (does_not_run(e))
      host_.debug("hosts file of " + id + " not replaced: " + e.what());
    else
      fault = e.what();
  } catch (const std::exception& e) {
    fault = e.what();
  }
  if (!fault.empty())
    host_.warn("hosts file of " + id + " not replaced: " + fault +
               (attempt == Attempt::first ? "; once more later" : ""));
  lock.lock();
  if (put) target.written = *put;
  return fault.empty();
}

void GuestWriter::try_later(const std::string& id, const Block& block, Target& target) {
  if (target.waits) return;
  try {
    later_.call([this, id, block] { bring_up_to_date(id, block, Attempt::second); });
    target.waits = true;
  } catch (const std::exception& e) {
    host_.warn("hosts file of " + id + ": not tried again: " + e.what());
  }
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
