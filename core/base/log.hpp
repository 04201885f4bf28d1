// The daemon's own log: leveled lines on stderr, as text or as JSON objects. Any thread; one
// write(2) per line. Never pass secrets (registry credentials, environment values).
#pragma once

#include <string>
#include <string_view>

namespace gantry::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

void configure(Level level, Format format);
bool enabled(Level level);
void write(Level level, std::string_view message);
inline void debug(std::string_view m) {
  if (enabled(Level::debug)) write(Level::debug, m);
}
inline void info(std::string_view m) { write(Level::info, m); }
inline void warn(std::string_view m) { write(Level::warn, m); }
inline void error(std::string_view m) { write(Level::error, m); }

}  // namespace gantry::log
