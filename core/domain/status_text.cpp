#include "core/domain/status_text.hpp"

#include <array>
#include <utility>

namespace gantry::domain {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 7> kStatusNames = {{
    {Status::created, "created"},
    {Status::running, "running"},
    {Status::paused, "paused"},
    {Status::restarting, "restarting"},
    {Status::removing, "removing"},
    {Status::exited, "exited"},
    {Status::dead, "dead"},
}};

}  // namespace

std::string_view to_string(Status s) {
  for (const auto& [status, name] : kStatusNames)
    if (status == s) return name;
  return "dead";
}

std::optional<Status> parse_status(std::string_view s) {
  for (const auto& [status, name] : kStatusNames)
    if (name == s) return status;
  return std::nullopt;
}

std::string human_duration(std::int64_t nanos) {
  const std::int64_t seconds = nanos / 1'000'000'000;
  const auto count = [](std::int64_t n, const char* unit) { return std::to_string(n) + unit; };
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return count(seconds, " seconds");
  const std::int64_t minutes = seconds / 60;
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return count(minutes, " minutes");
  const std::int64_t hours = (seconds + 1800) / 3600;  // rounded half up
  if (hours == 1) return "About an hour";
  if (hours < 48) return count(hours, " hours");
  if (hours < 24 * 7 * 2) return count(hours / 24, " days");
  if (hours < 24 * 30 * 2) return count(hours / 24 / 7, " weeks");
  if (hours < 24 * 365 * 2) return count(hours / 24 / 30, " months");
  return count(hours / 24 / 365, " years");
}

std::string status_text(const State& state, UnixNanos now) {
  switch (state.status) {
    case Status::running:
    case Status::paused: {
      std::string up = "Up " + human_duration(now - state.started_at);
      if (state.status == Status::paused) return up + " (Paused)";
      if (state.health && !state.health->status.empty())
        up += state.health->status == "starting" ? " (health: starting)"
                                                 : " (" + state.health->status + ")";
      return up;
    }
    case Status::restarting:
      return "Restarting (" + std::to_string(state.exit_code) + ") " +
             human_duration(now - state.finished_at) + " ago";
    case Status::removing:
      return "Removal In Progress";
    case Status::dead:
      return "Dead";
    case Status::created:
      return "Created";
    case Status::exited:
      return "Exited (" + std::to_string(state.exit_code) + ") " +
             human_duration(now - state.finished_at) + " ago";
  }
  return {};
}

std::string command_text(const ContainerRecord& record) {
  std::string text = record.path;
  for (const std::string& argument : record.args)
    text += argument.find(' ') != std::string::npos ? " '" + argument + "'" : " " + argument;
  return text;
}

}  // namespace gantry::domain
