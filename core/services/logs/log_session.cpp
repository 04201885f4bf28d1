#include "core/services/logs/log_session.hpp"

namespace gantry::services {

LogSession::LogSession(std::filesystem::path path, LogWindow window, LogConsumer& consumer)
    : window_(std::move(window)), path_(std::move(path)), consumer_(consumer) {
  try_open();
}

bool LogSession::try_open() {
  set_ = LogSet::open(path_);
  if (set_.empty()) return false;
  if (window_.start) start_ = window_.start(set_);
  file_ = std::min(start_.first().file, set_.files().size() - 1);
  const std::uint64_t offset =
      file_ == start_.first().file ? start_.first().offset : set_.files()[file_]->size();
  cursor_.emplace(set_.files()[file_], offset);
  return true;
}

bool LogSession::add(const LogRecord& record) {
  const bool wanted = record.stream == 2 ? window_.err : window_.out;
  // The first that is new enough settles it: after a clock that is set back come older times.
  since_reached_ = since_reached_ || record.time >= window_.since;
  if (!wanted || !since_reached_) return true;
  const LogPosition at{file_, record.offset, 0};
  const LogPosition& start = start_.of(record.stream);
  std::string_view payload = record.payload;
  if (at.file < start.file || (at.file == start.file && at.offset < start.offset)) return true;
  if (at.file == start.file && at.offset == start.offset) {
    payload.remove_prefix(std::min(start.byte, payload.size()));
    if (payload.empty()) return true;
  }
  return consumer_.add(record, payload);
}

LogSession::End LogSession::read_file() {
  while (const auto record = cursor_->next()) {
    if (window_.until != 0 && record->time > window_.until) return End::done;
    if (!add(*record)) return End::done;
  }
  return End::caught_up;
}

LogSession::End LogSession::read() {
  if (!cursor_) return End::caught_up;
  const size_t last = set_.files().size() - (window_.rotated_only ? 1 : 0);
  if (file_ >= last) return End::done;
  for (;;) {
    if (read_file() == End::done) {
      consumer_.flush();
      return End::done;
    }
    if (file_ + 1 >= last) break;
    ++file_;
    cursor_.emplace(set_.files()[file_], 0);
  }
  return consumer_.flush() ? End::caught_up : End::done;
}

bool LogSession::next_file() {
  if (!cursor_) return false;
  // There may have been several rotations: the files behind ours are found by looking for ours.
  const ino_t ours = cursor_->file().inode();
  set_ = LogSet::open(path_);
  size_t at = 0;  // ours is gone already: what is left follows it
  for (size_t i = 0; i < set_.files().size(); ++i)
    if (set_.files()[i]->inode() == ours) at = i + 1;
  if (at >= set_.files().size()) return false;
  start_ = {};
  file_ = at;
  cursor_.emplace(set_.files()[at], 0);
  return true;
}

}  // namespace gantry::services
