#include "core/services/log_session.hpp"

#include "core/services/log_details.hpp"

namespace gantry::services {
namespace {

LogFormat format_of(const domain::ContainerRecord& record, const LogQuery& query) {
  return {query.multiplexed && !record.config.tty, query.timestamps,
          query.details ? log_details(record) : std::string()};
}

}  // namespace

LogSession::LogSession(const domain::ContainerRecord& record, const LogQuery& query,
                       const LogSink& sink)
    : query_(query), path_(record.log_path), framer_(format_of(record, query), sink) {
  try_open();
}

bool LogSession::try_open() {
  set_ = LogSet::open(path_);
  if (set_.empty()) return false;
  if (query_.tail) {
    start_ = set_.last_lines(*query_.tail);
  } else if (query_.since != 0) {
    start_ = set_.since(query_.since);
  }
  file_ = std::min(start_.first().file, set_.files().size() - 1);
  const std::uint64_t offset =
      file_ == start_.first().file ? start_.first().offset : set_.files()[file_]->size();
  cursor_.emplace(set_.files()[file_], offset);
  return true;
}

bool LogSession::add(const LogRecord& record) {
  const bool wanted = record.stream == 2 ? query_.err : query_.out;
  if (!wanted || record.time < query_.since) return true;
  const LogPosition at{file_, record.offset, 0};
  const LogPosition& start = start_.of(record.stream);
  std::string_view payload = record.payload;
  if (at.file < start.file || (at.file == start.file && at.offset < start.offset)) return true;
  if (at.file == start.file && at.offset == start.offset) {
    payload.remove_prefix(std::min(start.byte, payload.size()));
    if (payload.empty()) return true;
  }
  return framer_.add(record, payload);
}

LogSession::End LogSession::read_file() {
  while (const auto record = cursor_->next()) {
    if (query_.until != 0 && record->time > query_.until) return End::done;
    if (!add(*record)) return End::done;
  }
  return End::caught_up;
}

LogSession::End LogSession::read() {
  if (!cursor_) return End::caught_up;
  const size_t last = set_.files().size() - (query_.rotated_only ? 1 : 0);
  if (file_ >= last) return End::done;
  for (;;) {
    if (read_file() == End::done) {
      framer_.flush();
      return End::done;
    }
    if (file_ + 1 >= last) break;
    ++file_;
    cursor_.emplace(set_.files()[file_], 0);
  }
  return framer_.flush() ? End::caught_up : End::done;
}

void LogSession::next_file() {
  // There may have been several rotations: the files behind ours are found by looking for ours.
  const ino_t ours = cursor_->file().inode();
  set_ = LogSet::open(path_);
  size_t at = 0;  // ours is gone already: what is left follows it
  for (size_t i = 0; i < set_.files().size(); ++i)
    if (set_.files()[i]->inode() == ours) at = i + 1;
  if (at >= set_.files().size()) return;
  start_ = {};
  file_ = at;
  cursor_.emplace(set_.files()[at], 0);
}

}  // namespace gantry::services
