#include "core/services/processes/probe_outputs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "core/base/deadline.hpp"

namespace gantry::services {

std::uint64_t ProbeOutputs::add(UniqueFd stream, std::chrono::nanoseconds limit,
                                Listener listener) {
  const std::lock_guard lock(mutex_);
  Probe probe;
  probe.number = next_number_++;
  probe.stream = std::move(stream);
  probe.deadline = Clock::now() + limit;
  probe.listener = std::move(listener);
  if (stopping_) return probe.number;
  const std::uint64_t number = probe.number;
  probes_.push_back(std::move(probe));
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify();
  return number;
}

void ProbeOutputs::drop(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(probes_.begin(), probes_.end(),
                                  [&](const Probe& probe) { return probe.number == number; });
  if (found == probes_.end()) return;
  // Not closed: the thread may be waiting for this descriptor.
  ::shutdown(found->stream.get(), SHUT_RDWR);
  found->listener = {};
}

void ProbeOutputs::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify();
  }
  if (thread_.joinable()) thread_.join();
  probes_.clear();
}

void ProbeOutputs::run() {
  std::vector<pollfd> items;
  std::vector<std::uint64_t> numbers, ready;
  for (;;) {
    Deadline next;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      items.assign(1, {changed_.fd(), POLLIN, 0});
      numbers.assign(1, 0);
      for (const Probe& probe : probes_) {
        items.push_back({probe.stream.get(), POLLIN, 0});
        numbers.push_back(probe.number);
        if (!probe.late && (!next || probe.deadline < *next)) next = probe.deadline;
      }
    }
    if (::poll(items.data(), static_cast<nfds_t>(items.size()), poll_timeout(next)) < 0) continue;
    if (items.front().revents != 0) changed_.drain();
    ready.clear();
    for (size_t i = 1; i < items.size(); ++i)
      if (items[i].revents != 0) ready.push_back(numbers[i]);
    const std::lock_guard lock(mutex_);
    read_ready(ready);
    report_late();
  }
}

void ProbeOutputs::read_ready(const std::vector<std::uint64_t>& ready) {
  auto at = ready.begin();
  for (auto it = probes_.begin(); it != probes_.end() && at != ready.end();) {
    if (it->number != *at) {  // both in the order in which they were added
      ++it;
      continue;
    }
    ++at;
    if (read_some(*it)) {
      ++it;
      continue;
    }
    if (it->listener.ended)
      workers_.run([ended = std::move(it->listener.ended), text = shown(*it)] { ended(text); });
    it = probes_.erase(it);
  }
}

void ProbeOutputs::report_late() {
  const auto now = Clock::now();
  for (Probe& probe : probes_) {
    if (probe.late || probe.deadline > now) continue;
    probe.late = true;
    if (probe.listener.late)
      workers_.run([late = std::move(probe.listener.late), text = shown(probe)] { late(text); });
  }
}

bool ProbeOutputs::read_some(Probe& probe) {
  char buffer[4096];
  const ssize_t size = ::recv(probe.stream.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (size < 0) return errno == EINTR || errno == EAGAIN;
  if (size == 0) return false;
  const size_t kept = std::min(kShown - probe.text.size(), static_cast<size_t>(size));
  probe.text.append(buffer, kept);
  probe.cut = probe.cut || kept < static_cast<size_t>(size);
  return true;
}

std::string ProbeOutputs::shown(const Probe& probe) {
  return probe.cut ? probe.text + "..." : probe.text;
}

}  // namespace gantry::services
