#include "core/services/logs/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "core/base/error.hpp"
#include "core/base/file.hpp"
#include "core/base/log.hpp"

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

std::string_view magic_bytes() {
  static_assert(std::endian::native == std::endian::little);
  return {reinterpret_cast<const char*>(&kLogMagic), sizeof kLogMagic};
}

std::uint32_t trailer_from(const char* bytes) {
  std::uint32_t whole = 0;
  std::memcpy(&whole, bytes, sizeof whole);
  return whole;
}

/// Whether the trailer belongs to the header; nullopt: the file ends before it.
std::optional<bool> has_trailer(const LogFile& file, const LogHeader& header,
                                std::uint64_t offset) {
  const std::uint32_t whole = header.length + kLogOverhead;
  char bytes[sizeof whole];
  if (file.read(bytes, sizeof bytes, offset + whole - sizeof bytes) < sizeof bytes)
    return std::nullopt;
  return trailer_from(bytes) == whole;
}

/// It is whole, or being written.
bool may_be_record(const LogFile& file, const LogHeader& header, std::uint64_t offset) {
  if (const auto whole = has_trailer(file, header, offset)) return *whole;
  if (!file.ends_in_record_behind(offset)) return true;
  return has_trailer(file, header, offset).value_or(false);  // finished since?
}

LogRecord record_from(const LogHeader& header, const char* bytes, std::uint64_t offset,
                      const LogFile* file) {
  return {header.time_ns, header.stream, {bytes + sizeof header, header.length}, offset, file};
}

}  // namespace

LogFile::LogFile(std::filesystem::path path, UniqueFd fd)
    : path_(std::move(path)), fd_(std::move(fd)) {
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0) throw_errno("stat of a container log");
  inode_ = st.st_ino;
}

std::shared_ptr<LogFile> LogFile::find(const std::filesystem::path& path) {
  try {
    return std::shared_ptr<LogFile>(new LogFile(path, file::open(path, O_RDONLY)));
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

bool LogFile::ends_in_record_behind(std::uint64_t offset) const {
  const std::uint64_t end = size();
  char bytes[sizeof(LogHeader)];
  if (end < kLogOverhead || read(bytes, sizeof(std::uint32_t), end - sizeof(std::uint32_t)) == 0)
    return false;
  const std::uint32_t whole = trailer_from(bytes);
  if (whole <= kLogOverhead || whole > end || end - whole <= offset) return false;
  if (read(bytes, sizeof bytes, end - whole) < sizeof bytes) return false;
  const LogHeader header = header_from(bytes);
  return is_sane(header) && header.length + kLogOverhead == whole;
}

void LogFile::tell_damage(std::uint64_t offset) const {
  if (damage_told_.test_and_set()) return;
  log::warn("log " + path_.string() + " is damaged at byte " + std::to_string(offset) +
            ": what is whole of it is read");
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
  for (;;) {
    const char* bytes = hold(sizeof(LogHeader));
    if (bytes == nullptr) return std::nullopt;
    const LogHeader header = header_from(bytes);
    if (is_sane(header)) {
      const size_t whole = header.length + kLogOverhead;
      bytes = hold(whole);
      if (bytes == nullptr) {
        // Being written, or torn: then nothing was appended to it.
        if (!file_->ends_in_record_behind(offset_)) return std::nullopt;
        bytes = hold(whole);  // finished since, with another behind it?
      }
      if (bytes != nullptr && trailer_from(bytes + whole - sizeof(std::uint32_t)) == whole) {
        const LogRecord record = record_from(header, bytes, offset_, file_.get());
        offset_ += whole;
        return record;
      }
    }
    if (!skip_damage()) return std::nullopt;
  }
}

bool LogForward::skip_damage() {
  file_->tell_damage(offset_);
  ++offset_;
  while (hold(sizeof(LogHeader)) != nullptr) {
    const std::uint64_t at = offset_ - buffer_offset_;
    const auto held = std::string_view(buffer_.data(), held_).substr(at);
    const size_t found = held.find(magic_bytes());
    if (found == std::string_view::npos) {
      offset_ += held.size() - (magic_bytes().size() - 1);
      continue;
    }
    offset_ += found;
    const char* bytes = hold(sizeof(LogHeader));
    if (bytes == nullptr) return false;
    // Not held as a whole: what only looks like a header may speak of much.
    if (const LogHeader header = header_from(bytes);
        is_sane(header) && may_be_record(*file_, header, offset_))
      return true;
    ++offset_;
  }
  return false;
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
  const char* trailer = hold(end - sizeof(std::uint32_t), sizeof(std::uint32_t));
  if (trailer == nullptr) return std::nullopt;
  const std::uint32_t whole = trailer_from(trailer);
  if (whole <= kLogOverhead || whole > end || whole > kLogMaxPayload + kLogOverhead)
    return std::nullopt;
  const char* bytes = hold(end - whole, whole);
  if (bytes == nullptr) return std::nullopt;
  const LogHeader header = header_from(bytes);
  if (!is_sane(header) || header.length + kLogOverhead != whole) return std::nullopt;
  return record_from(header, bytes, end - whole, file_.get());
}

std::optional<LogRecord> LogBackward::previous() {
  if (end_ == 0) return std::nullopt;
  auto record = record_before(end_);
  if (!record) {
    file_->tell_damage(end_);
    record = record_before_damage();
  }
  end_ = record ? record->offset : 0;
  return record;
}

std::optional<LogRecord> LogBackward::record_before_damage() {
  for (std::uint64_t top = end_; top >= magic_bytes().size();) {
    const auto size = static_cast<size_t>(std::min<std::uint64_t>(top, kBackBlock));
    const std::uint64_t from = top - size;
    const char* bytes = hold(from, size);
    if (bytes == nullptr) return std::nullopt;
    for (std::string_view rest(bytes, size);;) {
      const size_t found = rest.rfind(magic_bytes());
      if (found == std::string_view::npos) break;
      if (const auto record = record_at(from + found)) return record;
      rest = rest.substr(0, found + magic_bytes().size() - 1);
    }
    if (from == 0) break;
    top = from + magic_bytes().size() - 1;
  }
  return std::nullopt;
}

std::optional<LogRecord> LogBackward::record_at(std::uint64_t offset) {
  char head[sizeof(LogHeader)];
  if (file_->read(head, sizeof head, offset) < sizeof head) return std::nullopt;
  const LogHeader header = header_from(head);
  if (!is_sane(header) || offset + header.length + kLogOverhead > end_ ||
      !has_trailer(*file_, header, offset).value_or(false))
    return std::nullopt;
  const char* bytes = hold(offset, header.length + kLogOverhead);
  if (bytes == nullptr) return std::nullopt;
  return record_from(header, bytes, offset, file_.get());
}

}  // namespace gantry::services
