#include "core/base/log.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "core/base/time.hpp"

namespace gantry::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::atomic<Format> output_format{Format::text};

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

/// Quoted, so that a message from outside (a container name, a registry's answer) can neither forge
/// a second log line nor send control sequences to a terminal. Bytes above ASCII pass through.
void append_quoted(std::string& line, std::string_view message) {
  static constexpr char kDigits[] = "0123456789abcdef";
  line += '"';
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      line += "\\u00";
      line += kDigits[byte >> 4];
      line += kDigits[byte & 15];
    } else {
      line += c;
    }
  }
  line += '"';
}

}  // namespace

void configure(Level level, Format format) {
  threshold.store(level, std::memory_order_relaxed);
  output_format.store(format, std::memory_order_relaxed);
}

bool enabled(Level level) { return level >= threshold.load(std::memory_order_relaxed); }

void write(Level level, std::string_view message) {
  if (!enabled(level)) return;
  std::string line;
  line.reserve(message.size() + 80);
  if (output_format.load(std::memory_order_relaxed) == Format::json) {
    line += R"({"time":")";
    line += rfc3339_fixed(now_nanos());
    line += R"(","level":")";
    line += name_of(level);
    line += R"(","msg":)";
    append_quoted(line, message);
    line += "}\n";
  } else {
    line += "time=";
    line += rfc3339_fixed(now_nanos());
    line += " level=";
    line += name_of(level);
    line += " msg=";
    append_quoted(line, message);
    line += '\n';
  }
  // One write per line keeps lines of several threads apart. A log that cannot be written has
  // nowhere to complain.
  while (::write(STDERR_FILENO, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace gantry::log
