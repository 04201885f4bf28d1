#include "core/services/containers/container_logs.hpp"

#include "core/base/error.hpp"
#include "core/base/log.hpp"
#include "core/domain/log_config.hpp"
#include "core/services/base/client_connection.hpp"
#include "core/services/logs/log_session.hpp"
#include "core/services/world/log_details.hpp"

namespace gantry::services {
namespace {

LogFormat format_of(const domain::ContainerRecord& record, const LogQuery& query) {
  return {query.multiplexed && !record.config.tty, query.timestamps,
          query.details ? log_details(record) : std::string()};
}

}  // namespace

LogWindow LogQuery::window() const {
  LogWindow window{out, err, since, until, part == LogPart::rotated, {}};
  if (tail) {
    window.start = [lines = *tail](const LogSet& set) { return set.last_lines(lines); };
  } else if (since != 0) {
    window.start = [from = since](const LogSet& set) { return set.since(from); };
  } else if (part == LogPart::current) {
    window.start = [](const LogSet& set) { return set.current(); };
  }
  return window;
}

state::ContainerPtr ContainerLogs::open(const std::string& reference) const {
  state::ContainerPtr container = world_.store.get(reference);
  const domain::ContainerRecord& record = container->record;
  if (record.removing || record.state.dead)
    throw Error(Errc::conflict,
                "can not get logs from container which is dead or marked for removal");
  if (record.log_path.empty() || domain::is_log_hidden(record.host_config))
    throw Error(Errc::unsupported, "configured logging driver does not support reading");
  return container;
}

void ContainerLogs::replay(const domain::ContainerRecord& record, const LogQuery& query,
                           const LogSink& sink) {
  if (record.log_path.empty()) return;
  LogFramer framer(format_of(record, query), sink);
  LogSession session(record.log_path, query.window(), framer);
  session.read();
  session.finish();
}

void ContainerLogs::run(const state::ContainerPtr& container, const LogQuery& query,
                        const Peer& peer, const LogSink& sink) {
  const domain::ContainerRecord& record = container->record;
  if (query.tail && *query.tail == 0 && !query.follow) return;
  const LogFormat format = format_of(record, query);
  LogFramer framer(format, sink);
  try {
    if (query.follow) return follow_.run(record, query.window(), framer, peer);
    LogSession session(record.log_path, query.window(), framer);
    session.read();
    session.finish();
  } catch (const Error& error) {
    // In the words and at the place of dockerd's.
    log::warn("container " + record.id + ": its log: " + error.what());
    if (framer.finish())
      sink(stream_chunk(format.framed, 2,
                        std::string("Error grabbing logs: ") + error.what() + "\n"));
  }
}

}  // namespace gantry::services
