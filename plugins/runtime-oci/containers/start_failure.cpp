#include "containers/start_failure.hpp"

#include "base/json.hpp"

namespace gantry::oci {
namespace {

constexpr std::size_t kMaxMessage = sizeof(gantry_error::message) - 1;
constexpr std::int64_t kThreadsOfRuntime = 16;  // more than runc makes

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

// crun says what it looked for in other words, does not name it, and quotes strerror(). Clients go
// by runc's words: `docker run` ends with 127 or 126.
std::string in_runc_words(const std::string& words, std::string_view program) {
  const auto exec = [&](const std::string& why) {
    return "crun create failed: unable to start container process: exec: \"" +
           std::string(program) + "\": " + why;
  };
  const std::size_t colon = words.rfind(": ");
  const std::string reason = colon == std::string::npos ? "" : lower_first(words.substr(colon + 2));
  const auto stat = [&](const std::string& why) {
    return exec("stat " + std::string(program) + ": " + why);
  };
  if (words.starts_with("executable file `"))
    return program.find('/') == std::string_view::npos ? exec("executable file not found in $PATH")
                                                       : stat("no such file or directory");
  // Of a directory it says "Operation not permitted".
  const bool not_permitted = reason == "permission denied" || reason == "operation not permitted";
  if (words.starts_with("open executable: "))
    return not_permitted ? exec("permission denied") : stat(reason);
  // Since crun 1.21.
  if (words.starts_with("the path `") &&
      (contains(words, "is not executable") || contains(words, "is not a regular file")))
    return exec("permission denied");
  return colon == std::string::npos ? words : words.substr(0, colon + 2) + reason;
}

bool continues_character(char byte) { return (byte & 0xC0) == 0x80; }  // of UTF-8

// Both ends matter to clients: what failed, and why.
std::string fit(const std::string& text) {
  if (text.size() <= kMaxMessage) return text;
  constexpr std::string_view gap = " ... ";
  std::size_t head = kMaxMessage / 2;
  std::size_t tail = text.size() - (kMaxMessage - head - gap.size());
  while (head > 0 && continues_character(text[head])) --head;
  while (tail < text.size() && continues_character(text[tail])) ++tail;
  return text.substr(0, head) + std::string(gap) + text.substr(tail);
}

}  // namespace

std::string last_error(std::string_view log) {
  std::string last;
  for (std::string_view left = log; !left.empty();) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(line.size() < left.size() ? line.size() + 1 : line.size());
    JsonDocument entry;
    entry.Parse(line.data(), line.size());
    if (entry.HasParseError() || !entry.IsObject()) continue;
    const Json* level = find_member(entry, "level");
    const Json* message = find_member(entry, "msg");
    if (level == nullptr || message == nullptr || !level->IsString() || !message->IsString())
      continue;
    const std::string_view severity = level->GetString();
    if (severity == "error" || severity == "fatal" || severity == "panic" || last.empty())
      last = message->GetString();
  }
  if (!last.empty()) return last;
  while (!log.empty() && (log.back() == '\n' || log.back() == ' ')) log.remove_suffix(1);
  return std::string(log);
}

bool limits_the_runtime(std::int64_t pids_limit) {
  return pids_limit > 0 && pids_limit <= kThreadsOfRuntime;
}

bool lacked_a_thread(std::string_view log, std::int64_t pids_limit) {
  return limits_the_runtime(pids_limit) && contains(log, "container process is already dead");
}

Error start_failure(std::string_view log, std::string_view program) {
  std::string words = last_error(log);
  // The supervisor runs create and start as one call; clients know the message of create.
  constexpr std::string_view run_failed = "runc run failed:";
  if (words.starts_with(run_failed))
    words.replace(0, run_failed.size(), "runc create failed:");
  else if (log.starts_with('{'))  // not a sentence of the supervisor's own
    words = in_runc_words(words, program);
  gantry_errc code = GANTRY_INTERNAL;
  if (contains(words, "not a directory")) {
    code = GANTRY_INVALID;
  } else if (contains(words, "executable file not found") ||
             contains(words, "no such file or directory")) {
    code = GANTRY_NOT_FOUND;
  } else if (contains(words, "permission denied") || contains(words, "is a directory")) {
    code = GANTRY_PERMISSION;
  }
  return Error(code, fit(words));
}

}  // namespace gantry::oci
