#include <signal.h>

#include <array>
#include <utility>

#include "core/base/text.hpp"
#include "core/domain/container_request.hpp"

namespace gantry::domain {
namespace {

// Linux numbers, not this host's: the container's kernel is Linux whatever the daemon runs on.
constexpr std::array<std::pair<std::string_view, int>, 35> kSignals = {{
    {"HUP", 1},   {"INT", 2},   {"QUIT", 3},  {"ILL", 4},     {"TRAP", 5},    {"ABRT", 6},
    {"IOT", 6},   {"BUS", 7},   {"FPE", 8},   {"KILL", 9},    {"USR1", 10},   {"SEGV", 11},
    {"USR2", 12}, {"PIPE", 13}, {"ALRM", 14}, {"TERM", 15},   {"STKFLT", 16}, {"CHLD", 17},
    {"CLD", 17},  {"CONT", 18}, {"STOP", 19}, {"TSTP", 20},   {"TTIN", 21},   {"TTOU", 22},
    {"URG", 23},  {"XCPU", 24}, {"XFSZ", 25}, {"VTALRM", 26}, {"PROF", 27},   {"WINCH", 28},
    {"IO", 29},   {"POLL", 29}, {"PWR", 30},  {"SYS", 31},    {"UNUSED", 31},
}};
constexpr int kRealTimeMin = 34, kRealTimeMax = 64;

}  // namespace

std::optional<int> parse_signal(std::string_view s) {
  if (const auto number = text::to_int(s)) {
    if (*number < 1 || *number > kRealTimeMax) return std::nullopt;
    return static_cast<int>(*number);
  }
  std::string name = text::lower(s);
  for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (name.starts_with("SIG")) name.erase(0, 3);
  for (const auto& [known, number] : kSignals)
    if (name == known) return number;
  if (name.starts_with("RTMIN") || name.starts_with("RTMAX")) {
    const int base = name.starts_with("RTMIN") ? kRealTimeMin : kRealTimeMax;
    if (name.size() == 5) return base;
    const std::string_view offset = std::string_view(name).substr(5);
    const auto distance = text::to_int(offset.substr(1));
    if (!distance || *distance < 0 || *distance > kRealTimeMax - kRealTimeMin ||
        (offset.front() != '+' && offset.front() != '-'))
      return std::nullopt;
    const std::int64_t number = base + (offset.front() == '+' ? *distance : -*distance);
    if (number < kRealTimeMin || number > kRealTimeMax) return std::nullopt;
    return static_cast<int>(number);
  }
  return std::nullopt;
}

}  // namespace gantry::domain
