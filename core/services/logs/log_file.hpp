// One container log file and the two ways to walk it: forwards in big preads, and backwards by
// trailers. An incomplete last record (being written, or torn by a crash) reads as the end. Damage
// is passed over: records are taken up again where the next whole one is. The file may be shared; a
// walker belongs to one thread. Errors: gantry::Error.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/base/unique_fd.hpp"
#include "core/services/logs/log_record.hpp"

namespace gantry::services {

class LogFile {
 public:
  /// nullptr when there is no such file.
  static std::shared_ptr<LogFile> find(const std::filesystem::path& path);

  int fd() const { return fd_.get(); }
  ino_t inode() const { return inode_; }
  /// Of its first record; 0: there is none yet. With the inode it tells files of one log apart.
  UnixNanos first_time() const;
  /// Bytes, now.
  std::uint64_t size() const;
  /// Bytes from `offset`; fewer than `size` only at the end of the file.
  size_t read(char* buffer, size_t size, std::uint64_t offset) const;
  /// Whether the file ends with a whole record that begins behind `offset`.
  bool ends_in_record_behind(std::uint64_t offset) const;
  /// Warns, once.
  void tell_damage(std::uint64_t offset) const;

 private:
  LogFile(std::filesystem::path path, UniqueFd fd);
  const std::filesystem::path path_;
  const UniqueFd fd_;
  ino_t inode_ = 0;
  mutable std::atomic_flag damage_told_;
};

/// Records from `offset` on. After nullopt, next() may be called again once the file has grown. A
/// record's payload is valid until the next call.
class LogForward {
 public:
  LogForward(std::shared_ptr<LogFile> file, std::uint64_t offset)
      : file_(std::move(file)), offset_(offset) {}
  std::optional<LogRecord> next();
  const LogFile& file() const { return *file_; }
  /// Frees the buffer while nothing comes.
  void rest();

 private:
  /// The bytes at offset_, `size` of them, in memory; nullptr when the file ends before.
  const char* hold(size_t size);
  /// Goes on to the next whole record, or to where one may be being written. False: neither is
  /// there yet.
  bool skip_damage();

  std::shared_ptr<LogFile> file_;
  std::uint64_t offset_;
  std::string buffer_;
  std::uint64_t buffer_offset_ = 0;
  size_t held_ = 0;  // bytes of buffer_ that are valid
};

/// Records that end at or before `end`, last one first.
class LogBackward {
 public:
  LogBackward(std::shared_ptr<LogFile> file, std::uint64_t end);
  std::optional<LogRecord> previous();

 private:
  std::optional<LogRecord> record_before(std::uint64_t end);
  /// The last whole record that ends at or before end_.
  std::optional<LogRecord> record_before_damage();
  std::optional<LogRecord> record_at(std::uint64_t offset);
  /// Bytes of the file in memory; nullptr when it is shorter.
  const char* hold(std::uint64_t offset, size_t size);

  std::shared_ptr<LogFile> file_;
  std::uint64_t end_;
  std::string buffer_;
  std::uint64_t buffer_offset_ = 0;
  size_t held_ = 0;
};

}  // namespace gantry::services
