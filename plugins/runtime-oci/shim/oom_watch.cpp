#include "oom_watch.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace gantry::shim {
namespace {

// The v1 event comes before the victim is chosen, the counter grows after: look a moment later.
constexpr std::int64_t kSettleMs = 50;

UniqueFd watch_v1(const char* directory) {
  const Path control_path(directory, "/memory.oom_control");
  const Path register_path(directory, "/cgroup.event_control");
  const UniqueFd control(::open(control_path.c_str(), O_RDONLY | O_CLOEXEC));
  UniqueFd events(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!control || !events) return UniqueFd();
  const Text<32> line(std::string_view(), events.get(), " ", control.get());
  return write_small_file(register_path.c_str(), line.view()) ? std::move(events) : UniqueFd();
}

UniqueFd watch_v2(const char* directory) {
  const Path path(directory, "/memory.events");
  UniqueFd events(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!events || ::inotify_add_watch(events.get(), path.c_str(), IN_MODIFY) < 0) return UniqueFd();
  return events;
}

}  // namespace

void OomWatch::open(Loop& loop, Cgroups& cgroups) {
  for (const CgroupDirectory& directory : cgroups.directories()) {
    if (!directory.own || !directory.memory) continue;
    events_ = directory.unified ? watch_v2(directory.path.data()) : watch_v1(directory.path.data());
    if (events_) break;
  }
  if (!events_) return;
  settle_.bind<&OomWatch::on_settled>(loop, this);
  watch_.bind<&OomWatch::on_ready>(loop, events_.get(), this);
  watch_.want(EPOLLIN);
}

void OomWatch::stop() {
  watch_.stop();
  settle_.cancel();
  events_.reset();
}

void OomWatch::on_ready(std::uint32_t) {
  char discarded[4096];
  while (::read(events_.get(), discarded, sizeof discarded) > 0) {
  }
  if (!settle_.armed()) settle_.arm(kSettleMs);
}

}  // namespace gantry::shim
