// C++ face of a log driver plugin (sdk/include/gantry/logging.h). [per-object] by container id, but
// check() [any].
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/time.hpp"
#include "core/pluginhost/runtime.hpp"

namespace gantry::pluginhost {

/// One line without its newline, or a piece of a long one.
struct LogLine {
  int stream = 1;  // 1 stdout, 2 stderr
  UnixNanos time = 0;
  std::string_view text;
  std::uint32_t piece = 0;  // 1, 2, … within a long line; 0: a whole line
  bool last = true;         // the line ends here
};

/// Whose output a driver gets.
struct LogSource {
  std::string id, name, image, image_id, command, daemon, tag;
  bool tag_given = false;
  UnixNanos created_at = 0;
  std::map<std::string, std::string> attributes, options;
};

class LogDriver {
 public:
  struct Taken {
    std::uint32_t lines = 0;     // of the first ones
    std::optional<Error> error;  // why it was not all of them
  };
  virtual ~LogDriver() = default;
  /// Throws Error{invalid}.
  virtual void check(const std::map<std::string, std::string>& options) = 0;
  virtual void begin(const LogSource& source) = 0;
  virtual Taken write(const std::string& id, std::span<const LogLine> lines, const Op& op) = 0;
  virtual void end(const std::string& id) = 0;
};

}  // namespace gantry::pluginhost
