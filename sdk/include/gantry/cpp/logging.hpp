// C++ wrapper: a log driver. See gantry/logging.h for the meaning and thread rule of each call: the
// host opens each container's stream once, writes from one thread at a time, and closes it; streams
// of different containers are used side by side.
#ifndef GANTRY_CPP_LOGGING_HPP
#define GANTRY_CPP_LOGGING_HPP

#include <gantry/logging.h>

#include <cstdint>
#include <gantry/cpp/json.hpp>
#include <gantry/cpp/plugin.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::sdk {

using LogOptions = std::map<std::string, std::string>;

/// Whose output comes.
struct LogSource {
  std::string id, name, image, image_id, command;
  std::string daemon;           // host name of the engine
  std::int64_t created_at = 0;  // nanoseconds since the Unix epoch
  std::string tag;              // what the option `tag` came to
  bool tag_given = false;       // false: `tag` is the short id
  std::map<std::string, std::string> attributes;
  LogOptions options;
};

/// One line, or a piece of a long one.
class LogLine {
 public:
  explicit LogLine(const gantry_log_line& line) : line_(&line) {}
  bool is_stderr() const { return line_->stream == 2; }
  /// Without the newline; any bytes. Valid during the call.
  std::string_view text() const { return view(line_->text); }
  std::int64_t time_ns() const { return line_->time_ns; }
  /// 1, 2, … within a long line; 0: a whole line.
  std::uint32_t piece() const { return line_->piece; }
  /// The line ends here.
  bool last() const { return line_->last != 0; }

 private:
  const gantry_log_line* line_;
};

/// One container's way out. One thread at a time.
class LogStream {
 public:
  virtual ~LogStream() = default;
  /// Takes the lines in their order, and counts in `taken` those that need not come again, also
  /// when it throws: Error{GANTRY_UNAVAILABLE} or {GANTRY_TIMEOUT}: the others come again later;
  /// another code: the first of them is left out.
  virtual void write(const std::vector<LogLine>& lines, std::uint32_t& taken, const Op& op) = 0;
};

namespace detail {
struct LoggingKind;
}

class Logging {
 public:
  using Kind = detail::LoggingKind;
  virtual ~Logging() = default;
  /// Throws Error{GANTRY_INVALID} in words for users. [any]
  virtual void check(const LogOptions& options) = 0;
  /// Connects nowhere. [per-object]
  virtual std::unique_ptr<LogStream> open(const LogSource& source) = 0;

 private:
  friend struct detail::LoggingKind;
  std::shared_ptr<LogStream> stream(const char* id) {
    const std::lock_guard lock(mutex_);
    const auto found = streams_.find(id);
    if (found == streams_.end()) throw Error(GANTRY_NOT_FOUND, "no stream of this container");
    return found->second;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<LogStream>> streams_;  // guarded by mutex_
};

namespace detail {

inline LogSource read_log_source(std::string_view text) {
  const Object object(text);
  LogSource source;
  source.id = object.string("id");
  source.name = object.string("name");
  source.image = object.string("image");
  source.image_id = object.string("image_id");
  source.command = object.string("command");
  source.daemon = object.string("daemon");
  source.created_at = object.integer("created_at");
  source.tag = object.string("tag");
  source.tag_given = object.boolean("tag_given");
  source.attributes = object.string_map("attributes");
  source.options = object.string_map("options");
  return source;
}

struct LoggingKind {
  static constexpr const char* kName = GANTRY_KIND_LOGGING;

  template <class T>
  static const void* extension(const char*) {
    return nullptr;
  }

  template <class T>
  static const void* table() {
    static constexpr auto of = [](void* self) -> Logging& { return *static_cast<T*>(self); };
    static const gantry_logging table = {
        sizeof(gantry_logging),
        0,
        [](void* self, gantry_bytes options, gantry_error* err) {
          return guarded(err, [&] { of(self).check(Object(view(options)).string_map()); });
        },
        [](void* self, const char* id, gantry_bytes container, gantry_error* err) {
          return guarded(err, [&] {
            std::shared_ptr<LogStream> stream = of(self).open(read_log_source(view(container)));
            const std::lock_guard lock(of(self).mutex_);
            of(self).streams_[id].swap(stream);  // one that was there ends without the lock
          });
        },
        [](void* self, const char* id, const gantry_log_line* const* lines, uint32_t count,
           const gantry_op* op, uint32_t* taken, gantry_error* err) {
          *taken = 0;
          return guarded(err, [&] {
            std::vector<LogLine> all;
            all.reserve(count);
            for (std::uint32_t i = 0; i < count; ++i) all.emplace_back(*lines[i]);
            of(self).stream(id)->write(all, *taken, Op(op));
          });
        },
        [](void* self, const char* id, gantry_error* err) {
          return guarded(err, [&] {
            std::shared_ptr<LogStream> ended = of(self).stream(id);
            const std::lock_guard lock(of(self).mutex_);
            of(self).streams_.erase(id);
          });
        }};
    return &table;
  }
};

}  // namespace detail
}  // namespace gantry::sdk

#endif
