#include "core/services/logs/log_marks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "core/base/error.hpp"
#include "core/base/file.hpp"

namespace gantry::services {
namespace {

/// Fixed width, well within a sector: a write is never torn.
constexpr const char* kFormat = "1 %20" PRIu64 " %20" PRId64 " %20" PRIu64 " %10" PRIu64
                                " %20" PRIu64 " %20" PRId64 " %20" PRIu64 " %10" PRIu64 "\n";
constexpr size_t kSize = 150;

LogPosition position_in(const LogSet& set, const LogMark& mark) {
  for (size_t i = 0; i < set.files().size(); ++i) {
    const auto& file = set.files()[i];
    if (file->inode() != mark.inode || file->first_time() != mark.first_time) continue;
    if (LogForward(file, mark.offset).next()) return {i, mark.offset, mark.byte};
    // The machine went down before the log's end was on disk, and after the mark was.
    const auto last = LogBackward(file, std::min(mark.offset, file->size())).previous();
    return last ? LogPosition{i, last->offset, last->payload.size()} : LogPosition{i, 0, 0};
  }
  return {};
}

}  // namespace

LogStart LogMarks::start(const LogSet& set) const {
  return {{position_in(set, streams[0]), position_in(set, streams[1])}};
}

LogMarkFile::LogMarkFile(const std::filesystem::path& path)
    : fd_(file::open(path, O_RDWR | O_CREAT, 0600)) {}

std::optional<LogMarks> LogMarkFile::read() const {
  char text[kSize + 1] = {};
  if (::pread(fd_.get(), text, kSize, 0) != static_cast<ssize_t>(kSize)) return std::nullopt;
  std::uint64_t inodes[2] = {}, offsets[2] = {}, bytes[2] = {};
  std::int64_t times[2] = {};
  const int fields = std::sscanf(text,
                                 "1 %" SCNu64 " %" SCNd64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                                 " %" SCNd64 " %" SCNu64 " %" SCNu64,
                                 &inodes[0], &times[0], &offsets[0], &bytes[0], &inodes[1],
                                 &times[1], &offsets[1], &bytes[1]);
  if (fields != 8) return std::nullopt;
  LogMarks marks;
  for (size_t i : {size_t{0}, size_t{1}})
    marks.streams[i] = {static_cast<ino_t>(inodes[i]), times[i], offsets[i],
                        static_cast<size_t>(bytes[i])};
  return marks;
}

void LogMarkFile::write(const LogMarks& marks) const {
  char text[kSize + 1];
  const auto& [out, err] = marks.streams;
  const int size = std::snprintf(text, sizeof text, kFormat, static_cast<std::uint64_t>(out.inode),
                                 out.first_time, out.offset, static_cast<std::uint64_t>(out.byte),
                                 static_cast<std::uint64_t>(err.inode), err.first_time, err.offset,
                                 static_cast<std::uint64_t>(err.byte));
  if (size != static_cast<int>(kSize) || ::pwrite(fd_.get(), text, kSize, 0) != size)
    throw_errno("writing how far a container's log is taken");
}

}  // namespace gantry::services
