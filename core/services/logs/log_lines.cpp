#include "core/services/logs/log_lines.hpp"

#include <algorithm>

namespace gantry::services {
namespace {

constexpr size_t kLongestPiece = 16384;  // Docker's
constexpr size_t kMostLines = 1024, kMostBytes = 256u << 10;

}  // namespace

LogMark LogLines::mark_at(const LogRecord& record, size_t byte) {
  // The next file may be at the address of one that was closed: it is read from its beginning.
  if (file_ != record.file || record.offset == 0) {
    file_ = record.file;
    file_mark_ = {file_->inode(), file_->first_time(), 0, 0};
  }
  LogMark mark = file_mark_;
  mark.offset = record.offset;
  mark.byte = byte;
  return mark;
}

void LogLines::put(size_t index, bool last) {
  Stream& stream = streams_[index];
  pluginhost::LogLine line;
  line.stream = static_cast<int>(index) + 1;
  line.time = stream.time;
  line.last = last;
  if (!last || stream.pieces != 0) line.piece = ++stream.pieces;
  if (last) stream.pieces = 0;
  lines_.push_back(line);
  texts_ += stream.begun;
  ends_.push_back(texts_.size());
  after_.push_back(marks_);
  stream.begun.clear();
}

bool LogLines::add(const LogRecord& record, std::string_view payload) {
  const size_t index = record.stream == 2 ? 1 : 0;
  Stream& stream = streams_[index];
  LogMark& other = marks_.streams[1 - index];
  // Nothing of the other stream is waiting: all of it before this record is taken with it.
  const bool both = streams_[1 - index].begun.empty();
  size_t byte = record.payload.size() - payload.size();
  while (!payload.empty()) {
    const size_t newline = payload.find('\n');
    const bool ends = newline != std::string_view::npos;
    const size_t length = ends ? newline : payload.size();
    if (stream.begun.empty() && stream.pieces == 0) stream.time = record.time;
    const size_t take = std::min(length, kLongestPiece - stream.begun.size());
    stream.begun.append(payload.substr(0, take));
    const bool whole = take == length && ends;
    // A line of just this size is no long one, so more of it must have come.
    const bool piece = take < length;
    const size_t used = take + (whole ? 1 : 0);
    byte += used;
    payload.remove_prefix(used);
    if (!whole && !piece) break;
    marks_.streams[index] = mark_at(record, byte);
    if (both) other = mark_at(record, 0);
    put(index, whole);
    if ((lines_.size() >= kMostLines || texts_.size() >= kMostBytes) && !flush()) return false;
  }
  stream.seen = mark_at(record, record.payload.size());
  return true;
}

bool LogLines::flush() {
  if (lines_.empty()) return true;
  size_t begin = 0;
  for (size_t i = 0; i < lines_.size(); ++i) {
    lines_[i].text = std::string_view(texts_).substr(begin, ends_[i] - begin);
    begin = ends_[i];
  }
  const bool more = deliver_(lines_, after_);
  // Not kept for a container that says nothing for hours.
  lines_ = {};
  ends_ = {};
  after_ = {};
  texts_ = {};
  return more;
}

bool LogLines::finish() {
  for (size_t index : {size_t{0}, size_t{1}}) {
    Stream& stream = streams_[index];
    if (stream.begun.empty() && stream.pieces == 0) continue;
    marks_.streams[index] = stream.seen;
    put(index, true);
  }
  return flush();
}

}  // namespace gantry::services
