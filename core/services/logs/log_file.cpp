#include "core/services/logs/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace gantry::services {
namespace {

constexpr size_t kReadAhead = 256u << 10;
constexpr size_t kBackBlock = 64u << 10;

bool is_sane(const LogHeader& header) {
  return header.magic == kLogMagic && header.length > 0 && header.length <= kLogMaxPayload;
}

LogHeader header_from(const char* bytes) {
  LogHeader header;
  std::memcpy(&header, bytes, sizeof header);
  return header;
}

LogRecord record_from(const LogHeader& header, const char* bytes, std::uint64_t offset,
                      const LogFile* file) {
  return {header.time_ns, header.stream, {bytes + sizeof header, header.length}, offset, file};
}

}  // namespace

LogFile::LogFile(UniqueFd fd) : fd_(std::move(fd)) {
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0) throw_errno("stat of a container log");
  inode_ = st.st_ino;
}

std::shared_ptr<LogFile> LogFile::find(const std::filesystem::path& path) {
  try {
    return std::shared_ptr<LogFile>(new LogFile(file::open(path, O_RDONLY)));
  } catch (const Error& e) {
    if (e.code() == Errc::not_found) return nullptr;
    throw;
  }
}

std::uint64_t LogFile::size() const {
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0) throw_errno("stat of a container log");
  return static_cast<std::uint64_t>(st.st_size);
}

UnixNanos LogFile::first_time() const {
  char bytes[sizeof(LogHeader)];
  if (read(bytes, sizeof bytes, 0) < sizeof bytes) return 0;
  const LogHeader header = header_from(bytes);
  return is_sane(header) ? header.time_ns : 0;
}

size_t LogFile::read(char* buffer, size_t size, std::uint64_t offset) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(fd_.get(), buffer + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read of a container log");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

const char* LogForward::hold(size_t size) {
  const auto holds = [&] {
    return offset_ >= buffer_offset_ && offset_ + size <= buffer_offset_ + held_;
  };
  if (!holds()) {
    const size_t wanted = std::max(size, kReadAhead);
    if (buffer_.size() < wanted) buffer_.resize(wanted);
    buffer_offset_ = offset_;
    held_ = file_->read(buffer_.data(), wanted, offset_);
    if (!holds()) return nullptr;
  }
  return buffer_.data() + (offset_ - buffer_offset_);
}

std::optional<LogRecord> LogForward::next() {
  const char* bytes = hold(sizeof(LogHeader));
  if (bytes == nullptr) return std::nullopt;
  const LogHeader header = header_from(bytes);
  if (!is_sane(header)) return std::nullopt;
  const size_t whole = header.length + kLogOverhead;
  bytes = hold(whole);
  if (bytes == nullptr) return std::nullopt;
  const LogRecord record = record_from(header, bytes, offset_, file_.get());
  offset_ += whole;
  return record;
}

void LogForward::rest() {
  buffer_ = std::string();
  held_ = 0;
}

LogBackward::LogBackward(std::shared_ptr<LogFile> file, std::uint64_t end)
    : file_(std::move(file)), end_(end) {
  if (end_ == 0 || record_before(end_)) return;
  // The tail is torn: the end of the last whole record is found from the front.
  LogForward forward(file_, 0);
  std::uint64_t last = 0;
  while (const auto record = forward.next()) {
    const std::uint64_t behind = record->offset + record->payload.size() + kLogOverhead;
    if (behind > end_) break;
    last = behind;
  }
  end_ = last;
}

const char* LogBackward::hold(std::uint64_t offset, size_t size) {
  const auto holds = [&] {
    return offset >= buffer_offset_ && offset + size <= buffer_offset_ + held_;
  };
  if (!holds()) {
    // A block that ends where the wanted bytes end: what is asked for next lies before them.
    const std::uint64_t end = offset + size;
    const auto block =
        static_cast<size_t>(std::min<std::uint64_t>(end, std::max(size, kBackBlock)));
    if (buffer_.size() < block) buffer_.resize(block);
    buffer_offset_ = end - block;
    held_ = file_->read(buffer_.data(), block, buffer_offset_);
    if (!holds()) return nullptr;
  }
  return buffer_.data() + (offset - buffer_offset_);
}

std::optional<LogRecord> LogBackward::record_before(std::uint64_t end) {
  if (end < kLogOverhead) return std::nullopt;
  std::uint32_t whole = 0;
  const char* trailer = hold(end - sizeof whole, sizeof whole);
  if (trailer == nullptr) return std::nullopt;
  std::memcpy(&whole, trailer, sizeof whole);
  if (whole <= kLogOverhead || whole > end || whole > kLogMaxPayload + kLogOverhead)
    return std::nullopt;
  const char* bytes = hold(end - whole, whole);
  if (bytes == nullptr) return std::nullopt;
  const LogHeader header = header_from(bytes);
  if (!is_sane(header) || header.length + kLogOverhead != whole) return std::nullopt;
  return record_from(header, bytes, end - whole, file_.get());
}

std::optional<LogRecord> LogBackward::previous() {
  const auto record = record_before(end_);
  if (record) end_ = record->offset;
  return record;
}

}  // namespace gantry::services
