#include "core/services/logs/log_set.hpp"

#include <cstring>
#include <set>

#include "core/base/error.hpp"

namespace gantry::services {
namespace {

constexpr int kRotationRetries = 16;
/// How far to look back for the beginning of a stream's current line.
constexpr std::uint64_t kCarryLimit = 4u << 20;
/// How far before a record that is too old one is looked for that is not: the clock was set back.
constexpr std::uint64_t kClockLimit = 4u << 20;

size_t index_of(int stream) { return stream == 2 ? 1 : 0; }

/// Position of the last newline in the first `size` bytes, or npos.
size_t last_newline(std::string_view payload, size_t size) {
  return size == 0 ? std::string_view::npos : payload.substr(0, size).rfind('\n');
}

}  // namespace

/// Records of all files, newest first.
class LogSet::Walk {
 public:
  explicit Walk(const LogSet& set) : set_(set), file_(set.files_.size()) {}

  bool previous(LogPosition& at, LogRecord& record) {
    for (;;) {
      if (!cursor_) {
        if (file_ == 0) return false;
        --file_;
        const auto& file = set_.files_[file_];
        cursor_.emplace(file, file->size());
      }
      if (const auto found = cursor_->previous()) {
        record = *found;
        at = {file_, record.offset, 0};
        return true;
      }
      cursor_.reset();
    }
  }

  /// Goes on back until the streams not `known` have had a newline: their lines begin behind it. A
  /// stream for which none is found near enough begins at `fallback`.
  void find_line_starts(LogStart& start, bool (&known)[2], const LogPosition& fallback) {
    LogPosition at;
    LogRecord record;
    std::uint64_t seen = 0;
    bool reached_end = false;
    while (!(known[0] && known[1]) && seen < kCarryLimit) {
      if (!previous(at, record)) {
        reached_end = true;
        break;
      }
      seen += record.payload.size();
      const size_t stream = index_of(record.stream);
      if (known[stream]) continue;
      const size_t newline = last_newline(record.payload, record.payload.size());
      if (newline == std::string_view::npos) continue;
      start.streams[stream] = {at.file, at.offset, newline + 1};
      known[stream] = true;
    }
    for (size_t stream : {size_t{0}, size_t{1}})
      if (!known[stream]) start.streams[stream] = reached_end ? LogPosition{} : fallback;
  }

 private:
  const LogSet& set_;
  size_t file_;
  std::optional<LogBackward> cursor_;
};

LogSet LogSet::open(const std::filesystem::path& path) {
  for (int attempt = 0; attempt < kRotationRetries; ++attempt) {
    LogSet set;
    std::set<ino_t> inodes;
    bool moved = false;
    for (int number = 0;; ++number) {
      const std::filesystem::path name =
          number == 0 ? path : std::filesystem::path(path.string() + "." + std::to_string(number));
      auto file = LogFile::find(name);
      if (!file && number > 0) {
        // Between two steps of a rotation?
        moved = moved || LogFile::find(path.string() + "." + std::to_string(number + 1));
        break;
      }
      if (!file) continue;  // between the two last steps, or nothing was ever written
      moved = moved || !inodes.insert(file->inode()).second;
      set.files_.insert(set.files_.begin(), std::move(file));
    }
    if (!moved) return set;
  }
  throw Error(Errc::unavailable, "the container's log is rotated faster than it can be read");
}

LogStart LogSet::current() const {
  const LogPosition start{files_.empty() ? 0 : files_.size() - 1, 0, 0};
  return {{start, start}};
}

LogStart LogSet::last_lines(std::uint64_t lines) const {
  Walk walk(*this);
  LogStart start;
  LogPosition at;
  LogRecord record;
  bool newest = true;
  std::uint64_t wanted = lines;
  while (walk.previous(at, record)) {
    // An unfinished last line counts as one.
    if (newest && record.payload.back() != '\n' && wanted > 0) --wanted;
    newest = false;
    size_t end = record.payload.size();
    for (size_t newline = last_newline(record.payload, end); newline != std::string_view::npos;
         newline = last_newline(record.payload, end)) {
      end = newline;
      if (wanted-- > 0) continue;
      // This one ends a line that is no longer wanted.
      const size_t stream = index_of(record.stream);
      start.streams[stream] = {at.file, at.offset, newline + 1};
      bool known[2] = {stream == 0, stream == 1};
      walk.find_line_starts(start, known, start.streams[stream]);
      return start;
    }
  }
  return {};
}

LogStart LogSet::since(UnixNanos time) const {
  Walk walk(*this);
  LogPosition at, first{files_.size(), 0, 0};
  LogRecord record;
  struct TooOld {
    Walk walk;  // goes on before it
    LogPosition at;
    size_t stream, newline;
  };
  std::optional<TooOld> too_old;  // the record before `first`
  std::uint64_t seen = 0;
  while (seen < kClockLimit && walk.previous(at, record)) {
    if (record.time >= time) {
      first = at;
      too_old.reset();
      seen = 0;
      continue;
    }
    seen += record.payload.size();
    if (!too_old)
      too_old.emplace(TooOld{walk, at, index_of(record.stream),
                             last_newline(record.payload, record.payload.size())});
  }
  if (!too_old) return {};
  // It may hold the beginning of a line that is not too old.
  LogStart start;
  bool known[2] = {false, false};
  if (too_old->newline != std::string_view::npos) {
    start.streams[too_old->stream] = {too_old->at.file, too_old->at.offset, too_old->newline + 1};
    known[too_old->stream] = true;
  }
  too_old->walk.find_line_starts(start, known, first);
  return start;
}

}  // namespace gantry::services
