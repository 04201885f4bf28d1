#include "core/services/container_logs.hpp"

#include "core/base/error.hpp"
#include "core/services/log_session.hpp"

namespace gantry::services {
namespace {

using Change = FileWatch::Change;

/// Time left until the query's `until`; nullopt: no limit.
std::optional<std::chrono::nanoseconds> time_left(const LogQuery& query) {
  if (query.until == 0) return std::nullopt;
  return std::chrono::nanoseconds(std::max<std::int64_t>(query.until - now_nanos(), 0));
}

}  // namespace

state::ContainerPtr ContainerLogs::open(const std::string& reference) const {
  state::ContainerPtr container = world_.store.get(reference);
  const domain::ContainerRecord& record = container->record;
  if (record.removing || record.state.dead)
    throw Error(Errc::conflict,
                "can not get logs from container which is dead or marked for removal");
  if (record.log_path.empty())
    throw Error(Errc::unsupported, "configured logging driver does not support reading");
  return container;
}

FileWatcher& ContainerLogs::watcher() {
  std::call_once(watcher_once_, [&] { watcher_ = std::make_unique<FileWatcher>(); });
  return *watcher_;
}

void ContainerLogs::replay(const domain::ContainerRecord& record, const LogQuery& query,
                           const LogSink& sink) {
  if (record.log_path.empty()) return;
  LogSession session(record, query, sink);
  session.read();
  session.finish();
}

void ContainerLogs::run(const state::ContainerPtr& container, const LogQuery& query,
                        const Peer& peer, const LogSink& sink) {
  const domain::ContainerRecord& record = container->record;
  if (query.tail && *query.tail == 0 && !query.follow) return;
  if (!query.follow) return replay(record, query, sink);

  // Watched before the state is looked at: an end in between is not missed.
  const auto ended = watch_.watch(record.id, ExitWatch::Until::stopped);
  const auto running = [&] {
    const state::ContainerPtr now = world_.store.find_id(record.id);
    return now && now->record.state.running() &&
           now->record.state.status != domain::Status::restarting;
  };
  bool last_round = !running();
  LogSession session(record, query, sink);
  std::unique_ptr<FileWatch> watch;
  const auto watch_current = [&] {
    watch.reset();
    if (session.current() != nullptr)
      watch = watcher().watch(record.log_path, session.current()->fd());
  };
  watch_current();
  for (;;) {
    if (session.read() == LogSession::End::done) return;
    if (last_round) break;
    session.rest();
    if (!watch) {
      // No output at all yet. The supervisor makes the file before the process starts.
      if (session.try_open()) {
        watch_current();
        continue;
      }
      const Woken woken = wait_for(ended->notifier(), peer, time_left(query));
      if (woken == Woken::peer_gone || woken == Woken::timeout) return;
      last_round = true;
      continue;
    }
    switch (watch->wait(ended->notifier(), peer, time_left(query))) {
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
        session.finish();
        return;
    }
  }
  session.finish();
}

}  // namespace gantry::services
