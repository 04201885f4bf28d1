#include "core/services/logs/log_follow.hpp"

namespace gantry::services {
namespace {

using Change = FileWatch::Change;

/// Time left until `until`; nullopt: no limit.
std::optional<std::chrono::nanoseconds> time_left(UnixNanos until) {
  if (until == 0) return std::nullopt;
  const UnixNanos now = now_nanos();
  return std::chrono::nanoseconds(until > now ? until - now : 0);
}

}  // namespace

FileWatcher& LogFollow::watcher() {
  std::call_once(watcher_once_, [&] { watcher_ = std::make_unique<FileWatcher>(); });
  return *watcher_;
}

void LogFollow::run(const domain::ContainerRecord& record, const LogWindow& window,
                    LogConsumer& consumer, const Peer& peer) {
  // Watched before the state is looked at: an end in between is not missed.
  const auto ended = watch_.watch(record.id, ExitWatch::Until::stopped);
  const auto running = [&] {
    const state::ContainerPtr now = world_.store.find_id(record.id);
    return now && now->record.state.running() &&
           now->record.state.status != domain::Status::restarting;
  };
  bool last_round = !running();
  LogSession session(record.log_path, window, consumer);
  std::unique_ptr<FileWatch> watch;
  const auto watch_current = [&] {
    watch.reset();
    if (session.current() != nullptr)
      watch = watcher().watch(record.log_path, session.current()->fd());
  };
  if (!last_round) watch_current();
  for (;;) {
    if (session.read() == LogSession::End::done) return;
    if (last_round) {
      // The end may be known before a rotation is.
      while (session.next_file())
        if (session.read() == LogSession::End::done) return;
      break;
    }
    session.rest();
    if (!watch) {
      // No output at all yet. The supervisor makes the file before the process starts.
      if (session.try_open()) {
        watch_current();
        continue;
      }
      const Woken woken = wait_for(ended->notifier(), peer, time_left(window.until));
      if (woken == Woken::peer_gone || woken == Woken::timeout) return;
      last_round = true;
      continue;
    }
    switch (watch->wait(ended->notifier(), peer, time_left(window.until))) {
      case Change::changed:
        break;
      case Change::replaced:
        if (session.read() == LogSession::End::done) return;
        session.next_file();
        watch_current();
        break;
      case Change::notified:
        if (!ended->outcome()) return;  // the engine stops
        last_round = true;              // everything is logged before the end is announced
        break;
      case Change::peer_gone:
        return;
      case Change::timeout:
        consumer.finish();
        return;
    }
  }
  consumer.finish();
}

}  // namespace gantry::services
