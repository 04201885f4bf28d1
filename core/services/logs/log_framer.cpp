#include "core/services/logs/log_framer.hpp"

#include <algorithm>
#include <cstring>

namespace gantry::services {
namespace {

constexpr size_t kLongestLine = 16384;  // Docker's
constexpr size_t kFlushSize = 128u << 10;

}  // namespace

void LogFramer::set_time(UnixNanos time) {
  if (time == time_) return;
  time_ = time;
  prefix_.clear();
  if (format_.timestamps) prefix_ = rfc3339_fixed(time) + " ";
  prefix_ += format_.details;
}

void LogFramer::emit(size_t stream, std::string_view line) {
  const size_t size = prefix_.size() + line.size();
  const size_t head = format_.framed ? 8 : 0;
  const size_t before = out_.size();
  if (out_.capacity() < before + head + size)
    out_.reserve(std::max(before + head + size, kFlushSize + 2 * kLongestLine));
  out_.resize(before + head + size);
  char* to = out_.data() + before;
  if (head != 0) {
    to[0] = static_cast<char>(stream + 1);
    to[1] = to[2] = to[3] = 0;
    for (int i = 0; i < 4; ++i) to[4 + i] = static_cast<char>(size >> (24 - 8 * i));
    to += head;
  }
  if (!prefix_.empty()) to = std::copy(prefix_.begin(), prefix_.end(), to);
  std::memcpy(to, line.data(), line.size());
}

bool LogFramer::add(const LogRecord& record, std::string_view payload) {
  set_time(record.time);
  if (!format_.framed && prefix_.empty()) {
    // A terminal's log without decoration is simply its bytes.
    out_.append(payload);
    return out_.size() < kFlushSize || flush();
  }
  return add_lines(record.stream == 2 ? 1 : 0, payload);
}

bool LogFramer::add_lines(size_t stream, std::string_view payload) {
  std::string& carry = carry_[stream];
  while (!payload.empty()) {
    const void* found = std::memchr(payload.data(), '\n', payload.size());
    const size_t line =
        found == nullptr
            ? payload.size()
            : static_cast<size_t>(static_cast<const char*>(found) - payload.data()) + 1;
    const size_t take = std::min(line, kLongestLine - carry.size());
    // As in Docker a line of exactly the longest size is followed by its newline in a piece of its
    // own.
    const bool complete = take == line && found != nullptr;
    if (complete || carry.size() + take == kLongestLine) {
      if (carry.empty()) {
        emit(stream, payload.substr(0, take));
      } else {
        carry.append(payload.substr(0, take));
        emit(stream, carry);
        carry.clear();
      }
      if (out_.size() >= kFlushSize && !flush()) return false;
    } else {
      carry.append(payload.substr(0, take));
    }
    payload.remove_prefix(take);
  }
  return true;
}

bool LogFramer::flush() {
  if (out_.empty()) return true;
  const bool sent = sink_(out_);
  out_.clear();
  return sent;
}

bool LogFramer::finish() {
  for (size_t stream : {size_t{0}, size_t{1}}) {
    if (carry_[stream].empty()) continue;
    emit(stream, carry_[stream]);
    carry_[stream].clear();
  }
  return flush();
}

}  // namespace gantry::services
